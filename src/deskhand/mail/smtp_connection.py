"""A connection to a submission server (RFC 6409): encrypted before anything is said, and signed in."""

import asyncio
import base64
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import cast

import anyio
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPResponse,
    SMTPResponseException,
)

from deskhand.errors import DeskhandError, Unavailable
from deskhand.mail.smtp_account import SmtpAccount
from deskhand.mail.smtp_answers import Words, lost, not_connected, not_signed_in, refused_by_answer
from deskhand.mail.smtp_outcome import NotSent

GREETING = "[127.0.0.1]"
"""What this machine calls itself in EHLO: its name is nobody's business (RFC 5321 §4.1.3 allows a literal)."""
GOODBYE_SECONDS = 2.0
"""Longest wait for the answer to QUIT: the mail was taken already."""


def where(account: SmtpAccount) -> str:
    """The server, for people."""
    return f"The mail server {account.endpoint.host}, port {account.endpoint.port},"


@asynccontextmanager
async def signed_in(account: SmtpAccount, words: Words) -> AsyncGenerator[SMTP]:
    """A connection that is encrypted and signed in, and closed at the end: with QUIT, or at once after an error.

    Raises:
        NotSent: it cannot be had; says why and what to do.
    """
    client = SMTP(
        hostname=account.endpoint.host,
        port=account.endpoint.port,
        use_tls=account.endpoint.security == "tls",
        start_tls=False,
        tls_context=None if account.endpoint.security == "none" else await asyncio.to_thread(_trust, account),
        timeout=account.command_seconds,
        local_hostname=GREETING,
    )
    try:
        await _connect(client, account, words)
        await _sign_in(client, account, words)
        yield client
        await _leave(client)
    finally:
        _cut(client)


async def _connect(client: SMTP, account: SmtpAccount, words: Words) -> None:
    try:
        await client.connect()
        await client.ehlo()
        if account.endpoint.security == "starttls":
            await _encrypt(client, account)
    except SMTPHeloError as error:
        answer = SMTPResponse(error.code, error.message)
        raise refused_by_answer(answer, f"{where(account)} does not take the greeting", words) from None
    except (SMTPException, OSError) as error:
        raise not_connected(error, where(account), words) from None


async def _encrypt(client: SMTP, account: SmtpAccount) -> None:
    """STARTTLS (RFC 3207). Without it nothing is sent: a password in clear could be what somebody waits for."""
    if not client.supports_extension("starttls"):
        raise NotSent(
            f"{where(account)} offers no encryption (STARTTLS). Nothing was sent in clear: use smtps:// with port 465.",
            permanent=True,
        )
    await client.starttls()
    await client.ehlo()


async def _sign_in(client: SMTP, account: SmtpAccount, words: Words) -> None:
    if account.secret is None:
        return
    try:
        secret = await account.secret()
    except DeskhandError as error:
        later = error.retry_after or 60.0 if isinstance(error, Unavailable) else None
        raise NotSent(f"{error.message} Nothing was sent.", permanent=later is None, retry_after=later) from None
    words.never(account.user, secret)
    try:
        await _authenticate(client, account, secret)
    except SMTPAuthenticationError as error:
        raise not_signed_in(error, where(account), words, oauth=account.oauth) from None
    except (SMTPException, OSError) as error:
        raise lost(error, where(account), words) from None


async def _authenticate(client: SMTP, account: SmtpAccount, secret: str) -> None:
    """One try with one mechanism (RFC 4954): more would lock accounts out. Passwords only go where TLS is."""
    offered = client.server_auth_methods
    if account.oauth and "xoauth2" in offered:
        await client.auth_xoauth2(account.user, secret)
    elif account.oauth and "oauthbearer" in offered:
        await _bearer(client, account, secret)
    elif not account.oauth and "plain" in offered:
        await client.auth_plain(account.user, secret)
    elif not account.oauth and "login" in offered:
        await client.auth_login(account.user, secret)
    else:
        kind = "an access token" if account.oauth else "a password"
        raise NotSent(f"{where(account)} offers no way to sign in with {kind}. Nothing was sent.", permanent=True)


async def _bearer(client: SMTP, account: SmtpAccount, token: str) -> None:
    """OAUTHBEARER (RFC 7628 §3.1). A refusal comes as a challenge, which is answered with one 0x01 (§3.2.3)."""
    host, port = account.endpoint.host, account.endpoint.port
    first = f"n,a={account.user},\1host={host}\1port={port}\1auth=Bearer {token}\1\1"
    answer = await client.execute_command(b"AUTH", b"OAUTHBEARER", base64.b64encode(first.encode()))
    if answer.code == 334:
        answer = await client.execute_command(b"AQ==")
    if answer.code != 235:
        raise SMTPAuthenticationError(answer.code, answer.message)


async def _leave(client: SMTP) -> None:
    """Say goodbye. What was reached does not depend on it, so that not even a cancellation may lose it here."""
    with anyio.move_on_after(GOODBYE_SECONDS, shield=True), suppress(SMTPException, SMTPResponseException, OSError):
        await client.quit(timeout=GOODBYE_SECONDS)


def _cut(client: SMTP) -> None:
    """Close at once: what is still to be written is not written any more."""
    if client.transport is not None:
        cast("asyncio.WriteTransport", client.transport).abort()
    client.close()


def _trust(account: SmtpAccount) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if account.ca_file is not None:
        try:
            context.load_verify_locations(cafile=account.ca_file)
        except (OSError, ssl.SSLError):
            raise NotSent(
                f"The ca_file {account.ca_file} of the account cannot be read: it is a PEM file of certificates.",
                permanent=True,
            ) from None
    return context
