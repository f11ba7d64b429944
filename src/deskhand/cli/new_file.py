"""A new file with what somebody exported: for its owner only, whole, and never in place of another."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])


def destination(command: C) -> C:
    """Let a command take `file` and `output`, two ways to name the new file; `hand_over` takes both."""
    argument = click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
    return argument(output_option(command))


output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file; default: print."
)


def hand_over(text: str, file: Path | None, output: Path | None, what: str) -> None:
    """Print the text, or write it into the new file that was named, and say so on standard error.

    Raises:
        click.ClickException: two files were named, or it cannot be written.
    """
    if file is not None and output is not None:
        raise click.UsageError("Name one file: FILE, or -o FILE.")
    target = file or output
    if target is None or str(target) == "-":
        sys.stdout.buffer.write(text.encode())
        return
    write_new(target, text)
    click.echo(f"Wrote {what} to {target}", err=True)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises:
        click.ClickException: there is one, or it cannot be written.
    """
    try:
        with open(path, "x", encoding="utf-8", opener=_for_the_owner) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # some disks say only then that they are full
            except BaseException:
                path.unlink()
                raise
    except OSError as error:
        raise click.ClickException(
            f"Cannot write {path}: {error.strerror}. Name a new file in a folder you own."
        ) from error


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
