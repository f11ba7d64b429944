"""The list of frames: one line each, joined with the request it belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, takewhile

from pydantic import JsonValue

from deskhand.host.events import Frame
from deskhand.host.wire_pairs import Recorded
from deskhand.host.wiretap import Wiretap
from deskhand.web.inspector_filter import Filter

SHOWN = 200
"""Frames in a list. Drawn anew each second while frames come, so no more than a slow machine draws with ease."""
_METHOD_CHARACTERS = 80
_SUBJECT_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A frame as a line."""

    record: Recorded
    clock: str
    """Since the first frame, `+1:02.003` (minutes, seconds)."""
    asked: Frame | None = None
    """For a response, its request."""

    @property
    def frame(self) -> Frame:
        """The message and what is known of it."""
        return self.record.frame

    @property
    def method(self) -> str:
        """The method, cut to a line."""
        return _cut(self.frame.method or "(no method)", _METHOD_CHARACTERS)

    @property
    def subject(self) -> str:
        """What a person looks for first: the tool's name, the resource, the error's text, how far it is."""
        return _cut(_subject(self.frame) or (_subject(self.asked) if self.asked else ""), _SUBJECT_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the frames that match a filter, oldest first."""

    rows: tuple[Row, ...]
    earlier: int | None
    """The number up to which there are more; None where there are none."""
    newest: int
    """The number of the newest frame of all when this was made."""


def window(tap: Wiretap, wanted: Filter) -> Window:
    """The last frames that match, up to the filter's end."""
    newest_first = (
        each
        for each in reversed(tap.records)
        if (wanted.until is None or each.number <= wanted.until) and wanted.matches(each)
    )
    found = list(islice(newest_first, SHOWN + 1))
    shown = found[:SHOWN][::-1]
    return Window(
        rows=tuple(row_of(tap, record) for record in shown),
        earlier=found[SHOWN].number if len(found) > SHOWN else None,
        newest=tap.count,
    )


def changed_since(tap: Wiretap, wanted: Filter, number: int) -> bool:
    """Whether a list has to be drawn anew: a frame came that it shows, or one that answers a frame of it."""
    return any(
        wanted.matches(each) or ((asked := tap.numbered(each.request)) is not None and wanted.matches(asked))
        for each in _after(tap, number)
    )


def came_since(tap: Wiretap, wanted: Filter, number: int) -> int:
    """How many frames that match came after the one of this number, of those that are kept."""
    return sum(wanted.matches(each) for each in _after(tap, number))


def row_of(tap: Wiretap, record: Recorded) -> Row:
    """A frame as a line, told when it was since the first one."""
    past = (record.frame.at - tap.began).total_seconds() if tap.began else 0.0
    minutes, milliseconds = divmod(max(0, round(past * 1_000)), 60_000)
    asked = tap.numbered(record.request)
    return Row(record, f"+{minutes}:{milliseconds / 1_000:06.3f}", asked.frame if asked else None)


def _after(tap: Wiretap, number: int) -> Iterable[Recorded]:
    return takewhile(lambda each: each.number > number, reversed(tap.records))


def _subject(frame: Frame) -> str:
    message = frame.message if isinstance(frame.message, dict) else {}
    error, params, result = (message.get(key) for key in ("error", "params", "result"))
    if isinstance(error, dict):
        return str(error.get("message", ""))
    if isinstance(result, dict):
        return _outcome(result)
    if not isinstance(params, dict):
        return ""
    if "progress" in params:
        total = params.get("total")
        return f"{params['progress']}" if total is None else f"{params['progress']} of {total}"
    return next((str(params[key]) for key in ("name", "uri", "reason", "message", "level") if key in params), "")


def _outcome(result: dict[str, JsonValue]) -> str:
    if result.get("resultType") == "input_required":
        return "input required"
    return "the tool failed" if result.get("isError") is True else ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
