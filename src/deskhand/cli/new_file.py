"""A new file with what somebody exported: for its owner only, and never in place of another."""

import os
from pathlib import Path

import click


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        click.ClickException: there is one, or it cannot be written.
    """
    try:
        with open(path, "x", encoding="utf-8", opener=_for_the_owner) as file:
            file.write(text)
    except OSError as error:
        raise click.ClickException(
            f"Cannot write {path}: {error.strerror}. Name a new file in a folder you own."
        ) from error


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
