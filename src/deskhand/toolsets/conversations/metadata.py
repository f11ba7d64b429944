"""The metadata hosts send beside a message: read strictly where it is understood, kept where it is not."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args

from pydantic import JsonValue

from deskhand.context.message import Metadata, Priority
from deskhand.errors import InvalidInput
from deskhand.toolsets.conversations.wire import Raw, quoted, text_field

OTHER, WRITTEN = "metadata", "written"
"""Parts of `Metadata.extra`: other keys a host sent as metadata, and how it wrote the message."""
_YEARS = range(1900, 2200 + 1)
_PRIORITIES = cast("tuple[Priority, ...]", get_args(Priority))


def read_metadata(raw: JsonValue, now: datetime) -> Metadata:
    """Metadata of a message; `now` is its time when none is given. A time without offset is of this machine's zone.

    Raises:
        InvalidInput: what is understood has a value that is not.
    """
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise InvalidInput("metadata must be an object.")
    known = {key: raw.get(key) for key in ("timestamp", "language", "priority", "reasoning")}
    other: Raw = {key: value for key, value in raw.items() if key not in known}
    return Metadata(
        timestamp=now if known["timestamp"] is None else _moment(text_field(known, "timestamp")),
        language=None if known["language"] is None else text_field(known, "language"),
        priority="normal" if known["priority"] is None else _priority(known),
        reasoning=None if known["reasoning"] is None else text_field(known, "reasoning"),
        extra={OTHER: other} if other else {},
    )


def show_metadata(known: Metadata) -> Raw:
    """The metadata as a host sends it, with the time the message has by now."""
    shown: Raw = {"timestamp": known.timestamp.isoformat()}
    if known.language is not None:
        shown["language"] = known.language
    if known.priority != "normal":
        shown["priority"] = known.priority
    if known.reasoning is not None:
        shown["reasoning"] = known.reasoning
    return {**shown, **cast("Raw", known.extra.get(OTHER, {}))}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"timestamp must be ISO 8601, such as 2026-05-07T14:30:00Z, not {quoted(text)}.") from error
    if moment.year not in _YEARS:  # nobody said it then, and near the ends of the calendar zones cannot be reckoned
        first, last = _YEARS[0], _YEARS[-1]
        raise InvalidInput(
            f"timestamp must be of the years {first} to {last}, not {moment.year}. Leave it out for now."
        )
    return moment if moment.tzinfo else moment.astimezone()


def _priority(raw: Mapping[str, JsonValue]) -> Priority:
    given = text_field(raw, "priority")
    if given not in _PRIORITIES:
        raise InvalidInput(f"priority must be {', '.join(_PRIORITIES[:-1])} or {_PRIORITIES[-1]}, not {quoted(given)}.")
    return given
