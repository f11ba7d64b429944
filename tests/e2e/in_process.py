"""Commands of Deskhand in the process of the test: one of its own would import everything for each."""

import logging
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result
from tests.protocol.server_process import environment

from deskhand.cli import cli


@contextmanager
def logging_kept() -> Generator[None]:
    """Put back where this process logs to, which a command sets for itself."""
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        yield
    finally:
        for handler in set(logging.root.handlers) - set(handlers):
            handler.close()
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


def deskhand_here(variables: Mapping[str, str], *arguments: str, given: str = "") -> Result:
    """Run a command to its end, with no other environment than `variables`, as a process has it.

    What a person would see as a traceback is raised, so that a test need not look for one.
    """
    inherited = {name: None for name in os.environ if name not in variables}
    with logging_kept():
        runner = CliRunner(catch_exceptions=False)
        return runner.invoke(cli, arguments, input=given, env={**inherited, **variables}, prog_name="deskhand")


def deskhand_in(folder: Path, *arguments: str, given: str = "", **variables: str) -> Result:
    """The same with everything in `folder`, as a server that runs there has it."""
    return deskhand_here(environment(folder, **variables), *arguments, given=given)
