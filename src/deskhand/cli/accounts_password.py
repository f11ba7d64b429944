"""Passwords of accounts on their way from the person to where they are kept: never shown, never in the settings."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import anyio
import click

from deskhand.cli.accounts_file import write_whole
from deskhand.errors import SettingsError
from deskhand.mail.keyring_password import SERVICE, keep_password, system_keyring
from deskhand.mail.secret import LONGEST_SECRET

FOLDER = "passwords"
"""Beside the settings file; holds a file for each account."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the person's password comes from, and whether it is to be kept in the keyring."""

    file: Path | None = None
    stdin: bool = False
    keyring: bool = False

    @property
    def is_typed(self) -> bool:
        """Whether the person is asked for it."""
        return self.file is None and not self.stdin

    def check(self) -> None:
        """See early that it can work.

        Raises:
            click.UsageError: two ways at once.
            SettingsError: there is no keyring.
        """
        if self.file is not None and (self.stdin or self.keyring):
            raise click.UsageError("--password-file names where the password stays: leave the other ways out.")
        if self.keyring:
            system_keyring()

    def read(self, *, grouped: bool) -> str:
        """The password. `grouped`: spaces in it are only for the eye.

        Raises:
            SettingsError: there is none, or it is none.
        """
        if self.file is not None:
            return _checked(_in_file(self.file))
        if self.stdin:
            given = sys.stdin.readline().rstrip("\r\n")
        else:
            given = click.prompt("Password (it is not shown)", hide_input=True, err=True)
        return _checked("".join(given.split()) if grouped else given)


class _Forgets(Protocol):
    """The part of the package `keyring` that `Keyring` leaves out."""

    def delete_password(self, service_name: str, username: str) -> None:
        """Forget it."""
        ...


def place_of(settings: Path, name: str) -> Path:
    """The file with the password of the account with this name."""
    return settings.absolute().parent / FOLDER / name


def keep(name: str, password: str, settings: Path, source: Source) -> None:
    """Put it where the settings will say it is. A folder that git watches does not take it along.

    Raises:
        DeskhandError: it cannot be kept.
    """
    if source.keyring:
        anyio.run(keep_password, name, password)
    elif source.file is None:
        place = place_of(settings, name)
        write_whole(place.with_name(".gitignore"), "*\n", 0o600)
        write_whole(place, f"{password}\n", 0o600)


def forget(name: str, settings: Path, section: object) -> str:
    """Delete what `keep` put down for the section; says what was done, or empty.

    A file that the person named themselves stays.
    """
    fields = cast("dict[str, object]", section) if isinstance(section, dict) else {}
    place = place_of(settings, name)
    if fields.get("password_file") == str(place):
        place.unlink(missing_ok=True)
        return f"Its password in {place} is deleted."
    if fields.get("keyring"):
        return _forget_in_keyring(name)
    return ""


def _forget_in_keyring(name: str) -> str:
    try:
        cast(_Forgets, system_keyring()).delete_password(SERVICE, name)
    except Exception as error:  # each system's keyring has errors of its own
        return f"Its password may still be in the keyring, as {SERVICE!r} ({type(error).__name__})."
    return "Its password in the keyring is deleted."


def _in_file(path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"{path} cannot be read: {why}.") from None


def _checked(password: str) -> str:
    if not password or len(password) > LONGEST_SECRET or not password.isprintable():
        raise SettingsError("That is no password: it must be one line of letters, digits and signs.")
    return password
