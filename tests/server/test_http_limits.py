"""How many connections the server takes, and that its log keeps secrets."""

import logging
import resource

import pytest

from deskhand.cli.logs import log_to_stderr
from deskhand.server.shutdown import connection_limit

SECRET = "dh_" + "A" * 43


def test_connections_are_bounded_by_the_streams_wanted_and_the_descriptors_there_are() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert connection_limit(100) == 1_124
    assert connection_limit(100_000_000) <= max(64, hard)


def test_the_soft_limit_of_descriptors_is_raised_when_the_hard_limit_allows_it() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
        assert connection_limit(1_000) == 2_024
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 2_280
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_token_never_reaches_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        log_to_stderr("INFO")
        logging.getLogger("deskhand.test").info("a header: Bearer %s", SECRET)
        try:
            raise ValueError(SECRET)
        except ValueError:
            logging.getLogger("deskhand.test").exception("failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    logged = capsys.readouterr().err
    assert "a header: Bearer dh_…" in logged
    assert SECRET not in logged
