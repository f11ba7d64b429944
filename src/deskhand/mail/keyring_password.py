"""Passwords of accounts in the system's keyring: the Keychain, the Credential Locker, the Secret Service."""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from anyio import to_thread

from deskhand.errors import SettingsError, Unavailable

SERVICE = "deskhand account"
"""What the entries are listed under in the system's own program for passwords."""


class Keyring(Protocol):
    """The part of the package `keyring` that is used here."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """The stored password, None where there is none."""
        ...

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Store it, in place of an older one."""
        ...


def system_keyring() -> Keyring:
    """The keyring of this system.

    Raises:
        SettingsError: the extra is not installed, or the system has none.
    """
    try:
        keyring = import_module("keyring")  # an extra, so its types may be absent
    except ImportError as error:
        raise SettingsError(
            "A password in the keyring needs the extra: pip install 'deskhand[keyring]', or use password_file."
        ) from error
    if type(keyring.get_keyring()).__module__ == "keyring.backends.fail":
        raise SettingsError("This system offers no keyring: use password_file, a file only you can read.")
    return cast(Keyring, keyring)


async def keyring_password(account: str, find: Callable[[], Keyring] = system_keyring) -> str:
    """The password of the account with this name.

    Raises:
        SettingsError: there is no keyring, or nothing in it for this account.
        Unavailable: it is locked.
    """

    def read() -> str | None:
        keyring = find()
        try:
            return keyring.get_password(SERVICE, account)
        except Exception as error:  # each system's keyring has errors of its own
            raise Unavailable(
                f"The keyring does not give the password of the account {account!r} ({type(error).__name__}). "
                "Unlock it, and try again."
            ) from None

    password = await to_thread.run_sync(read)
    if not password:
        raise SettingsError(
            f"The keyring holds no password for the account {account!r}: `deskhand accounts add` stores one."
        )
    return password


async def keep_password(account: str, password: str, find: Callable[[], Keyring] = system_keyring) -> None:
    """Store the password of the account with this name.

    Raises:
        SettingsError: there is no keyring.
        Unavailable: it does not take the password.
    """

    def write() -> None:
        keyring = find()
        try:
            keyring.set_password(SERVICE, account, password)
        except Exception as error:
            raise Unavailable(
                f"The keyring does not take the password of the account {account!r} ({type(error).__name__})."
            ) from None

    await to_thread.run_sync(write)
