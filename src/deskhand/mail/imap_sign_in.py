"""Opens a connection: encrypted as the account says or not at all, then signed in."""

import ssl
from contextlib import suppress

from deskhand.errors import Unavailable
from deskhand.mail.endpoint import is_loopback
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_errors import not_reached, not_signed_in
from deskhand.mail.imap_wire import Wire


def connect(account: ImapAccount, secret: str) -> Wire:
    """A connection that is signed in. Blocks.

    Raises:
        Unavailable: it cannot be had, and why.
    """
    wire = _encrypted(account)
    try:
        wire.allow()
        if not wire.signed_in:
            _sign_in(wire, account, secret)
    except Exception as error:
        wire.cut()
        if isinstance(error, Unavailable):
            raise
        raise not_signed_in(error, account) from None  # its text may repeat what was sent
    finally:
        wire.forget()
    return wire


def _encrypted(account: ImapAccount) -> Wire:
    at = account.endpoint
    if at.security == "none" and not is_loopback(at.host):
        raise Unavailable(f"{at.host} is another machine: a password goes there encrypted or not at all.")
    try:
        context = None if at.security == "none" else _context(account)
        wire = Wire(at.host, at.port, context if at.security == "tls" else None, timeout=account.timeout)
    except Exception as error:
        raise not_reached(error, account) from None
    if at.security != "starttls":
        return wire
    try:
        _start_tls(wire, account, context)
    except BaseException:
        wire.cut()
        raise
    return wire


def _start_tls(wire: Wire, account: ImapAccount, context: ssl.SSLContext | None) -> None:
    """Never goes on in plain text: a server that does not offer STARTTLS may be somebody in between."""
    if wire.signed_in or not wire.has_capability("STARTTLS"):
        raise Unavailable(
            f"{account.endpoint} does not offer STARTTLS, and nothing is sent without encryption. "
            f"Try imaps://{account.endpoint.host}."
        )
    try:
        wire.starttls(context)
    except Exception as error:
        raise not_reached(error, account) from None


def _context(account: ImapAccount) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if account.ca_file is not None:
        try:
            context.load_verify_locations(account.ca_file)
        except (OSError, ssl.SSLError):
            raise Unavailable(f"The ca_file {account.ca_file.name} cannot be read as PEM certificates.") from None
    return context


def _sign_in(wire: Wire, account: ImapAccount, secret: str) -> None:
    if account.oauth:
        _with_token(wire, account.user, secret)
    elif wire.has_capability("AUTH=PLAIN"):
        wire.plain_login(account.user, secret)  # UTF-8, which LOGIN is not
    elif wire.has_capability("LOGINDISABLED"):
        raise Unavailable(f"{account.endpoint} takes no password over this connection. Use imaps://, or OAuth.")
    else:
        wire.login(account.user, secret)


def _with_token(wire: Wire, user: str, token: str) -> None:
    """OAUTHBEARER (RFC 7628), or XOAUTH2, which most have; a failure is told in a challenge that wants an answer."""
    if wire.has_capability("AUTH=OAUTHBEARER"):
        name = user.replace("=", "=3D").replace(",", "=2C")
        first, refused, mechanism = f"n,a={name},\1auth=Bearer {token}\1\1", b"\1", "OAUTHBEARER"
    else:
        first, refused, mechanism = f"user={user}\1auth=Bearer {token}\1\1", b"", "XOAUTH2"
    answers = iter([first.encode()])
    wire.sasl_login(mechanism, lambda _challenge: next(answers, refused))


def say_goodbye(wire: Wire) -> None:
    """End a connection politely if that is possible. Blocks."""
    with suppress(Exception):
        wire.allow()
        wire.logout()
    wire.cut()
