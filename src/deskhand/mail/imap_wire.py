"""IMAPClient, held within bounds: how much a server may say, what it is believed, and what is written to a log.

IMAPClient (4.1, over the standard library's imaplib) parses FETCH, LIST and BODYSTRUCTURE, which aioimaplib hands over
as lines; its calls block, so they run in threads, of which one connection per account needs one at a time. Two places
of its internals are used here and nowhere else: how the connection is made, and the arguments of SEARCH and SORT, which
it would quote wrongly (`BODY (` or a literal at the end of a group).
"""

import imaplib
import re
import ssl
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedReader
from socket import SHUT_RDWR, create_connection, socket
from typing import cast

from imapclient import IMAPClient, SocketTimeout

ANSWER_BYTES = 32 * 1024 * 1024
"""Most that a server may say in answer to one call."""
_UIDS = re.compile(rb"\d{1,10}(?::\d{1,10})?(?:,\d{1,10}(?::\d{1,10})?)*")
_MOST_UIDS = 10_000
_LINE_COST = 200
"""Bytes that a line counts as beside its own: each takes its time to be understood."""


class TooMuch(Exception):  # not imaplib's kind, which it would replace by a text
    """The server says more than it may."""


class BoundedImap(imaplib.IMAP4):
    """imaplib with a budget: it would otherwise allocate whatever length a server announces."""

    budget = ANSWER_BYTES

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeout: float) -> None:
        self._context = context
        super().__init__(host, port, timeout)

    def read(self, size: int) -> bytes:
        """Read a literal."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Read a line, at most 1 MB."""
        line = super().readline()
        self._spend(len(line) + _LINE_COST)
        return line

    def _create_socket(self, timeout: float | None) -> socket:
        plain = create_connection((self.host, self.port), timeout)
        if self._context is None:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def _spend(self, size: int) -> None:
        self.budget -= size
        if self.budget < 0:
            raise TooMuch("The server's answer is too large.")


class Wire(IMAPClient):
    """A connection to a server, not signed in yet. Every call blocks and belongs into a thread."""

    _imap: BoundedImap  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, *, timeout: float) -> None:
        super().__init__(
            host, port, ssl=context is not None, ssl_context=context, timeout=SocketTimeout(timeout, timeout)
        )
        self._imap.debug = 0  # else each line, mails and all, goes to a logger
        self.normalise_times = False

    def allow(self, size: int = ANSWER_BYTES) -> None:
        """Begin a call: from now on the server may say so many bytes."""
        self._imap.budget = size

    @property
    def signed_in(self) -> bool:
        """Whether the server takes commands about mails."""
        return self._imap.state in ("AUTH", "SELECTED")

    def forget(self) -> None:
        """Drop imaplib's memory of the last commands: the one that signed in is among them."""
        log: dict[int, object] = getattr(self._imap, "_cmd_log", {})
        log.clear()

    def search_uids(self, criteria: Iterable[bytes], *, sort: bool) -> list[int]:
        """UIDs of what matches, the newest first where the server sorts, else the highest first."""
        wanted = list(criteria)
        charset = b"UTF-8" if sort or any(byte > 127 for item in wanted for byte in item) else b""
        if sort:
            lines = self._raw_command_untagged(b"SORT", [b"(REVERSE ARRIVAL)", charset, *wanted])
        else:
            lines = self._raw_command_untagged(b"SEARCH", [*([b"CHARSET", charset] if charset else []), *wanted])
        found = [int(uid) for line in lines if line for uid in line.split() if uid.isdigit()]
        return found if sort else sorted(set(found), reverse=True)

    def answered_uids(self, code: str) -> list[list[int]]:
        """The numbers of the last APPENDUID or COPYUID answer (RFC 4315 §3), sets written out; empty if none came."""
        said = self._imap.untagged_responses.pop(code, [])
        last = next((line for line in reversed(said) if isinstance(line, bytes) and line), b"")
        return [_written_out(part) for part in last.split() if _UIDS.fullmatch(part)]

    def has_more(self) -> bool:
        """Whether the server has said something that nobody has read yet, perhaps into a buffer already."""
        at = self.socket()
        at.setblocking(False)
        try:
            return bool(cast("BufferedReader", self._imap.file).peek(1))
        except OSError:
            return False  # a TLS connection with nothing to read
        finally:
            at.settimeout(self._timeout.read)

    def cut(self) -> None:
        """Close the connection under whoever waits for it, from any thread."""
        with suppress(OSError, AttributeError):
            self._imap.sock.shutdown(SHUT_RDWR)
        with suppress(OSError, AttributeError, imaplib.IMAP4.error):
            self._imap.shutdown()

    def _create_IMAP4(self) -> BoundedImap:  # the library's name
        return BoundedImap(self.host, self.port, self.ssl_context if self.ssl else None, self._timeout.connect)


def quoted(text: str) -> bytes:
    """A search text as an argument: quoted, or in bytes beyond ASCII, which are sent as a literal."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    if not plain.isascii():
        return plain.encode("utf-8", "replace")
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode()


def _written_out(uid_set: bytes) -> list[int]:
    uids: list[int] = []
    for part in uid_set.split(b","):
        first, _, last = part.partition(b":")
        low, high = sorted((int(first), int(last or first)))
        uids += range(low, min(high, low + _MOST_UIDS) + 1)
    return uids[:_MOST_UIDS]
