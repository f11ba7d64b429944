"""Server-sent events, parsed as the WHATWG HTML standard says (section 9.2.6, "Interpreting an event stream")."""

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event; several `data` lines are joined with a line feed."""

    data: str
    event: str = "message"


class EventTooLarge(ValueError):
    """An event is larger than the parser may hold."""


class EventParser:
    """Turns chunks of bytes, cut anywhere, into events. An event that is not ended by a blank line is never given."""

    def __init__(self, max_event_bytes: int = 16 * 1024 * 1024) -> None:
        self._max_event_bytes = max_event_bytes
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._data: list[str] = []
        self._data_bytes = 0
        self._event = ""
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes.

        Raises:
            EventTooLarge: the peer sends an event without end.
        """
        if self._after_cr and chunk:
            # The CR that ended the last chunk was a whole line end; this LF is its second half.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if not _LINE_END.search(chunk):
            self._keep(chunk)
            return []
        *lines, rest = _LINE_END.split(b"".join((*self._tail, chunk)))
        self._tail, self._tail_bytes = [], 0
        self._keep(rest)
        self._after_cr = chunk.endswith(b"\r")
        return [event for line in lines if (event := self._line(line)) is not None]

    def _keep(self, rest: bytes) -> None:
        self._tail.append(rest)
        self._tail_bytes += len(rest)
        if self._tail_bytes + self._data_bytes > self._max_event_bytes:
            raise EventTooLarge(f"An event of the stream is larger than {self._max_event_bytes:,} bytes.")

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if self._at_start:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._at_start = False
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._data.append(text)
            self._data_bytes += len(value)
        elif name == b"event":
            self._event = text
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        data, event = self._data, self._event
        self._data, self._event, self._data_bytes = [], "", 0
        return ServerSentEvent("\n".join(data), event or "message") if data else None
