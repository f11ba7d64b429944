"""Reading a body costs no more than its size, whatever is in it."""

import time

import pytest

from deskhand.server.body import Refused, parse


def test_finding_the_key_that_occurs_twice_is_quick_in_a_large_body() -> None:
    keys = [*range(40_000), 39_999]
    body = "{" + ",".join(f'"{key}":0' for key in keys) + "}"
    started = time.process_time()
    with pytest.raises(Refused, match="'39999' occurs twice"):
        parse(body.encode())
    assert time.process_time() - started < 2  # seconds; comparing each key with each takes twenty
