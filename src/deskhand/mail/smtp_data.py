"""Handing over the mail itself, so that it is always known whether the server can have taken it.

A server may take a mail only when it has read the end of the data, `<CRLF>.<CRLF>` (RFC 5321 §4.1.1.4); if the
connection breaks before, it must act as after RSET (§4.1.1.10). So the body is written without its end first. Until
then all that happens means: not sent. Then `crossing` is awaited, and only then the last three bytes are written: from
there on only the server's answer tells what became of the mail.
"""

import asyncio
import re
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponse
from aiosmtplib.protocol import SMTPProtocol

from deskhand.mail.smtp_answers import Words, lost, refused_by_answer
from deskhand.mail.smtp_outcome import Crossing, Delivered, NotSent, OutcomeUnknown

END = b".\r\n"
"""The end of the data, after the CRLF that ends the last line of the mail."""

_CHUNK = 65_536
_LINE_END = re.compile(rb"\r\n|\n|\r")
_DOT = re.compile(rb"(?m)^\.")


def transparent(raw: bytes) -> bytes:
    """The mail as it is written: lines end with CRLF, and one that begins with a dot has one more (RFC 5321 §4.5.2).

    Lone CR and LF become CRLF too: some servers would see an end of the data in them, and a second mail behind it.
    """
    lines = _LINE_END.sub(b"\r\n", raw)
    return _DOT.sub(b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")


class Handover:
    """One mail on its way, after the server has said 354."""

    def __init__(self, client: SMTP, where: str, words: Words, command_seconds: float) -> None:
        if client.protocol is None or client.transport is None:
            raise NotSent(f"{where} closed the connection. Nothing was sent.", retry_after=60)
        self._protocol: SMTPProtocol = client.protocol
        loop = asyncio.get_running_loop()
        # It only drains: there is no other public way to wait until the transport takes more.
        self._writer = asyncio.StreamWriter(
            cast("asyncio.WriteTransport", client.transport), client.protocol, None, loop
        )
        self._where = where
        self._words = words
        self._seconds = command_seconds

    async def run(self, body: bytes, crossing: Crossing, answer_seconds: float) -> Delivered:
        """Write `body` (see `transparent`), cross, end it, and wait for the answer.

        Raises:
            NotSent: the server cannot have taken it, or says that it did not.
            OutcomeUnknown: it has, or may have, read the end, and did not answer.
        """
        answering = asyncio.ensure_future(self._protocol.read_response())
        try:
            await self._write_all(body, answering)
            await crossing()
            self._end(answering)
            await asyncio.wait({answering}, timeout=answer_seconds)
            return self._outcome(answering)
        finally:
            if not answering.cancel() and not answering.cancelled():
                answering.exception()  # seen: it is either told already, or nobody waits for it any more

    async def _write_all(self, body: bytes, answering: asyncio.Future[SMTPResponse]) -> None:
        try:
            for start in range(0, len(body), _CHUNK):
                self._protocol.write(body[start : start + _CHUNK])
                await asyncio.wait_for(self._writer.drain(), self._seconds)
                if answering.done():
                    break
        except (SMTPException, OSError, TimeoutError) as error:
            raise self._lost(error) from None
        self._still_open(answering)

    def _still_open(self, answering: asyncio.Future[SMTPResponse]) -> None:
        """A server that answers before the end has given up, or has gone: then the end is not written."""
        if not answering.done():
            return
        if (error := answering.exception()) is not None:
            raise self._lost(error)
        answer = answering.result()
        if answer.code < 400:
            raise self._unknown(f"it answered {answer.code} before the mail was complete")
        raise refused_by_answer(answer, f"{self._where} broke off", self._words)

    def _end(self, answering: asyncio.Future[SMTPResponse]) -> None:
        self._still_open(answering)
        try:
            self._protocol.write(END)
        except SMTPException as error:  # raised instead of writing: the transport is closed
            raise self._lost(error) from None

    def _outcome(self, answering: asyncio.Future[SMTPResponse]) -> Delivered:
        if not answering.done():
            raise self._unknown("it did not answer in time")
        if answering.exception() is not None:
            raise self._unknown("the connection was lost")
        answer = answering.result()
        if 200 <= answer.code < 300:
            return Delivered(f"{answer.code} {self._words.shown(answer.message)}".strip())
        if 400 <= answer.code < 600:
            raise refused_by_answer(answer, f"{self._where} does not take the mail", self._words)
        raise self._unknown(f"it answered {answer.code}, which is no answer to a mail")

    def _lost(self, error: BaseException) -> NotSent:
        known = error if isinstance(error, SMTPException | OSError) else OSError()
        return lost(known, self._where, self._words)

    def _unknown(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{self._where} may have taken the mail, or not: {why}. Do not send it again before you have looked for it "
            "in the Sent folder, or asked a recipient."
        )
