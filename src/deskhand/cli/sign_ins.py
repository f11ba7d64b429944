"""How people sign in to remote servers from the command line, as the settings say."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from deskhand.errors import SettingsError
from deskhand.host.sign_in import SignIn
from deskhand.host.token_file import Keyring, KeyringTokens, TokenFile
from deskhand.settings import Settings


def sign_ins(settings: Settings, open_browser: Callable[[str], object]) -> SignIn:
    """Tokens in a file of their own, or in the system's keyring.

    Raises:
        SettingsError: `host.keyring` is on, but there is no keyring.
    """
    folder = settings.data_dir / "sign-ins"
    tokens = KeyringTokens(_keyring(), folder) if settings.host.keyring else TokenFile(folder)
    return SignIn(tokens, open_browser, settings.host.client_metadata_url)


def _keyring() -> Keyring:
    try:
        keyring = import_module("keyring")  # an extra, so its types may be absent
    except ImportError as error:
        raise SettingsError("host.keyring needs the extra: pip install 'deskhand[keyring]', or turn it off.") from error
    if type(keyring.get_keyring()).__module__ == "keyring.backends.fail":
        raise SettingsError("host.keyring is on, but this system offers no keyring. Turn it off to use a file.")
    return cast(Keyring, keyring)
