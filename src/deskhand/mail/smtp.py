"""Delivery through a submission server: to all recipients or to none, and never in doubt without saying so."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPResponse

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.recipients import check_address, check_recipients, needs_smtputf8
from deskhand.mail.smtp_account import SmtpAccount
from deskhand.mail.smtp_answers import Words, lost, refused_by_answer, refused_recipients
from deskhand.mail.smtp_connection import signed_in, where
from deskhand.mail.smtp_data import Handover, transparent
from deskhand.mail.smtp_outcome import Crossing, Delivered, NotSent

_BCC = re.compile(rb"^(?:resent-)?bcc\s*:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What is said before the mail."""

    sender: str
    recipients: tuple[str, ...]
    size: int
    utf8: bool
    """Whether an address or a header needs SMTPUTF8 (RFC 6531)."""
    eight_bit: bool


class Smtp:
    """One account's way out. Each delivery has its own connection: nothing of one can reach another."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"Smtp({self._account.endpoint.host}:{self._account.endpoint.port})"

    async def deliver(self, raw: bytes, sender: str, recipients: Sequence[str], *, crossing: Crossing) -> Delivered:
        """Bring `raw` (RFC 5322, without Bcc) to all `recipients`, or to nobody.

        `crossing` is awaited once, right before the end of the mail is written. A cancellation before it means that
        nothing was sent; after it, that the outcome is unknown.

        Raises:
            NotSent: the server took it for nobody; `permanent` or to be tried again `retry_after` some seconds.
            OutcomeUnknown: the connection was lost, or the wait too long, after the end may have been read.
            InvalidInput: an address is wrong, or the mail names its Bcc recipients.
        """
        envelope = _envelope(raw, sender, recipients)
        words = Words()
        body = await asyncio.to_thread(transparent, raw)
        async with signed_in(self._account, words) as client:
            await self._announce(client, envelope, words)
            handover = Handover(client, where(self._account), words, self._account.command_seconds)
            return await handover.run(body, crossing, self._account.answer_seconds)

    async def check(self) -> str:
        """Connect, sign in and leave; says what the server can do.

        Raises:
            NotSent: it does not work; says why and what to do.
        """
        async with signed_in(self._account, Words()) as client:
            size = _most_bytes(client)
            limit = f"mails up to {size:,} bytes" if size else "mails of any size"
            names = "international addresses" if client.supports_extension("smtputf8") else "ASCII addresses"
            return f"{where(self._account)} takes {limit}, to {names}."

    async def _announce(self, client: SMTP, envelope: _Envelope, words: Words) -> None:
        """MAIL, RCPT for each, and DATA, up to the server's 354."""
        options = _options(client, envelope, where(self._account))
        try:
            await self._expect(client, [b"MAIL", b"FROM:<%s>" % envelope.sender.encode(), *options], words)
            refused = await self._name_recipients(client, envelope, words)
            if refused:
                await client.rset()
                raise refused_recipients(refused, words)
            await self._expect(client, [b"DATA"], words, code=354)
        except (SMTPException, OSError) as error:
            raise lost(error, where(self._account), words) from None

    async def _name_recipients(self, client: SMTP, envelope: _Envelope, words: Words) -> list[tuple[str, SMTPResponse]]:
        """All of them, also after a refusal: so that the person hears of each at once."""
        refused: list[tuple[str, SMTPResponse]] = []
        for recipient in envelope.recipients:
            answer = await client.execute_command(b"RCPT", b"TO:<%s>" % recipient.encode())
            if answer.code == 421:
                raise refused_by_answer(answer, f"{where(self._account)} ends the connection", words)
            if not 200 <= answer.code < 300:
                refused.append((recipient, answer))
        return refused

    async def _expect(self, client: SMTP, command: list[bytes], words: Words, *, code: int = 250) -> None:
        answer = await client.execute_command(*command)
        if answer.code != code:
            raise refused_by_answer(answer, f"{where(self._account)} refuses {command[0].decode()}", words)


def _envelope(raw: bytes, sender: str, recipients: Sequence[str]) -> _Envelope:
    header = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if _BCC.search(header):
        raise InvalidInput("A mail that is sent must not name its Bcc recipients.")
    origin = check_address(Address(sender)).email
    people = check_recipients([Address(recipient) for recipient in recipients])
    emails = tuple(address.email for address in people.to)
    return _Envelope(
        sender=origin,
        recipients=emails,
        size=len(raw),
        utf8=not header.isascii() or any(map(needs_smtputf8, (origin, *emails))),
        eight_bit=not raw.isascii(),
    )


def _most_bytes(client: SMTP) -> int:
    """The limit the server declares (RFC 1870); 0 for none."""
    declared = client.esmtp_extensions.get("size", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _options(client: SMTP, envelope: _Envelope, server: str) -> list[bytes]:
    """The parameters of MAIL, if the server can do what the mail needs."""
    most = _most_bytes(client)
    if most and envelope.size > most:
        raise NotSent(
            f"The mail has {envelope.size:,} bytes; {server} takes {most:,} at most. Nothing was sent: "
            "leave out attachments, or share a link.",
            permanent=True,
        )
    if envelope.utf8 and not client.supports_extension("smtputf8"):
        raise NotSent(
            f"{server} cannot write to addresses with letters beyond ASCII before the @ (SMTPUTF8). Nothing was sent.",
            permanent=True,
        )
    if envelope.eight_bit and not client.supports_extension("8bitmime"):
        raise NotSent(f"{server} takes only mails in ASCII, without 8BITMIME. Nothing was sent.", permanent=True)
    return [
        *([b"SIZE=%d" % envelope.size] if client.supports_extension("size") else []),
        *([b"BODY=8BITMIME"] if envelope.eight_bit else []),
        *([b"SMTPUTF8"] if envelope.utf8 else []),
    ]
