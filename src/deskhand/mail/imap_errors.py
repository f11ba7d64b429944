"""What went wrong with an IMAP server, in words that help. No word of the server's own is repeated but known codes."""

import re
import socket
import ssl
from imaplib import IMAP4

from deskhand.errors import DeskhandError, Unavailable
from deskhand.mail.endpoint import Endpoint
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_wire import TooMuch

_CODES = (
    "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "UNAVAILABLE",
    "INUSE", "LIMIT", "OVERQUOTA", "NOPERM", "SERVERBUG", "CANNOT", "NONEXISTENT", "TRYCREATE",
)  # fmt: skip
_DISABLED = re.compile(r"not enabled for imap|imap (?:access )?(?:is )?(?:disabled|not enabled)", re.IGNORECASE)
_HINTS = {
    ("gmail.com", "googlemail.com"): "Gmail takes an app password (Google account, Security, 2-Step Verification, App "
    "passwords) or OAuth, never the account's own password.",
    ("icloud.com", "me.com", "mac.com"): "iCloud takes an app-specific password, made at account.apple.com.",
    ("fastmail.com", "messagingengine.com"): "Fastmail takes an app password (Settings, Privacy & Security).",
    ("outlook.com", "office365.com", "hotmail.com", "live.com"): "Outlook takes OAuth tokens only: set `oauth` for "
    "this account.",
    ("yahoo.com", "aol.com"): "Yahoo and AOL take an app password (Account security).",
}


def not_reached(error: BaseException, account: ImapAccount) -> DeskhandError:
    """Why there is no connection."""
    at, host = account.endpoint, account.endpoint.host
    match error:
        case DeskhandError():
            return error
        case socket.gaierror():
            return Unavailable(f"There is no server named {host}: look at the account's `imap` setting for a typo.")
        case ssl.SSLCertVerificationError():
            return Unavailable(_certificate(error, account))
        case ssl.SSLError():
            return Unavailable(f"{at} does not speak TLS as expected. {_other_way(at)}")
        case ConnectionRefusedError():
            return Unavailable(f"{at} takes no connections: is the port right, and the server running? {_usual(at)}")
        case TimeoutError():
            return Unavailable(f"{at} did not answer within {account.timeout:g} s: a firewall, or a wrong port?")
        case OSError():
            return Unavailable(f"{at} cannot be reached ({error.strerror or type(error).__name__}). Try again later.")
        case _:
            return Unavailable(f"What answers at {at} is not an IMAP server, or it closed at once. {_other_way(at)}")


def not_signed_in(error: BaseException, account: ImapAccount) -> Unavailable:
    """Why the server refused who asks."""
    host = account.endpoint.host
    if _DISABLED.search(str(error)):
        return Unavailable(f"{host} says that IMAP is switched off for this account: switch it on in its settings.")
    what = "access token" if account.oauth else "user or password"
    hint = next((hint for names, hint in _HINTS.items() if _is_at(host, names)), "")
    advice = hint or f"Look at `user` and `password` of the account {account.name!r}."
    if account.oauth:
        advice = f"Look at `user` and the scope of its token, or set a new accounts.{account.name}.oauth.refresh_token."
    return Unavailable(f"{host} refused the {what}{_code(error)}. {advice}")


def not_done(error: BaseException, account: ImapAccount) -> DeskhandError:
    """Why a command failed after everything was fine."""
    host = account.endpoint.host
    match error:
        case DeskhandError():
            return error
        case TooMuch():
            return Unavailable(f"{host} sent more than Deskhand takes for one answer. Ask for less at once.")
        case TimeoutError():
            return Unavailable(f"{host} did not answer in time. Try again.")
        case OSError() | IMAP4.abort() if isinstance(error, OSError) or "EOF" in str(error):
            return Unavailable(f"The connection to {host} was cut. Try again.")
        case _:
            return Unavailable(f"{host} refused the command, or answered what IMAP does not allow{_code(error)}.")


def _certificate(error: ssl.SSLCertVerificationError, account: ImapAccount) -> str:
    host = account.endpoint.host
    if error.verify_code == 62:  # X509_V_ERR_HOSTNAME_MISMATCH
        return f"The certificate of {host} is for another name. Use the name the provider gives for IMAP."
    trusted = f"It was checked against {account.ca_file.name}, too. " if account.ca_file else ""
    return (
        f"The certificate of {host} is not trusted ({error.verify_message}). {trusted}If the server is yours, set "
        "`ca_file` to the PEM file of the authority that signed it."
    )


def _other_way(at: Endpoint) -> str:
    if at.security == "tls":
        return f"If the port is for STARTTLS, write imap://{at}."
    return f"If the port is for TLS from the start, write imaps://{at}."


def _usual(at: Endpoint) -> str:
    return {"tls": "The usual port is 993.", "starttls": "The usual port is 143."}.get(at.security, "")


def _code(error: BaseException) -> str:
    """The response code of RFC 5530 in the server's answer, as far as it is a known one."""
    said = str(error).upper()
    return next((f" [{code}]" for code in _CODES if f"[{code}" in said), "")


def _is_at(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
