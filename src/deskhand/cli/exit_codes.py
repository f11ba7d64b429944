"""How commands end, as a number for scripts, and what is said of errors."""

from collections.abc import Iterator

import click

from deskhand.errors import DeskhandError, InvalidInput, NotFound, SettingsError

DONE, FAILED, USAGE, NOT_ALLOWED, NO_MODEL, CANCELLED = 0, 1, 2, 3, 4, 130


def explained(error: DeskhandError) -> click.ClickException:
    """The error as click shows it: with how to use the command when what was written is wrong, else alone.

    The exit code is 2 then, and 1 when the world is: a database that is damaged, a service that does not answer.
    """
    written = isinstance(error, SettingsError | InvalidInput | NotFound)
    return click.UsageError(error.message) if written else click.ClickException(error.message)


def complain(errors: BaseExceptionGroup[DeskhandError], code: int) -> int:
    """Say what went wrong, on standard error; gives the code back. What is said of a missing model stands alone."""
    for error in _leaves(errors):
        click.echo(error.message if code == NO_MODEL else f"Error: {error.message}", err=True)
    return code


def _leaves(errors: BaseExceptionGroup[DeskhandError]) -> Iterator[DeskhandError]:
    """The errors of a group, and of the groups that task groups put around them."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
