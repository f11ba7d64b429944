"""Which message belongs to which: a response to its request, a notification to the request it tells about."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from deskhand.host.events import Frame

SEARCHED_CHARACTERS = 4_000
"""How much of a message's JSON text is searched: its beginning, so that a search never reads megabytes."""

_SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
_OTHER = {"sent": "received", "received": "sent"}

_Key = tuple[str, str, str, str]
"""What a request is known by: `id` or `token`, the server, the direction of the request, the value."""


@dataclass(slots=True, eq=False)
class Recorded:
    """A frame with its place among the others."""

    number: int
    """Counts all frames of the tap from 1; never given twice."""
    frame: Frame
    request: int | None = None
    """For a response or an error, the number of its request."""
    response: int | None = None
    """For a request, the number of its response, once there is one."""
    about: int | None = None
    """For a notification, the number of the request it tells about (progress, cancellation, subscription)."""
    _text: str | None = None

    @property
    def exchange(self) -> int:
        """The number of the request that this frame is, answers or tells about; its own if there is none."""
        return self.request or self.about or self.number

    @property
    def text(self) -> str:
        """The beginning of the message's JSON text, case folded, to search in; made when first asked for."""
        if self._text is None:
            text = json.dumps(self.frame.message, ensure_ascii=False)
            self._text = text[:SEARCHED_CHARACTERS].casefold()
        return self._text


class Pairs:
    """The requests among the frames that are kept, by what answers and notifications name them by."""

    def __init__(self) -> None:
        self._known: dict[_Key, Recorded] = {}

    def record(self, number: int, frame: Frame) -> Recorded:
        """Place a frame among those before it."""
        record = Recorded(number, frame)
        if frame.kind == "request":
            self._known.update(dict.fromkeys(_keys(frame), record))
        elif frame.kind == "notification":
            record.about = _number(self._first(_named(frame)))
        elif frame.rpc_id is not None:
            asked = self._first([("id", frame.server, _OTHER[frame.direction], frame.rpc_id)])
            record.request = _number(asked)
            if asked is not None:
                asked.response = number
        return record

    def forget(self, record: Recorded) -> None:
        """The frame is kept no longer."""
        for key in _keys(record.frame):
            if self._known.get(key) is record:
                del self._known[key]

    def _first(self, keys: Iterable[_Key]) -> Recorded | None:
        return next((self._known[key] for key in keys if key in self._known), None)


def _number(record: Recorded | None) -> int | None:
    return None if record is None else record.number


def _keys(frame: Frame) -> list[_Key]:
    """What others call this request by."""
    if frame.kind != "request" or frame.rpc_id is None:
        return []
    keys: list[_Key] = [("id", frame.server, frame.direction, frame.rpc_id)]
    token = _inner(_params(frame), "_meta").get("progressToken")
    return keys if token is None else [*keys, ("token", frame.server, frame.direction, str(token))]


def _named(frame: Frame) -> list[_Key]:
    """The requests that a notification may tell about: by its progress token, request id or subscription."""
    params, other = _params(frame), _OTHER[frame.direction]
    keys: list[_Key] = []
    if "progressToken" in params:
        keys.append(("token", frame.server, other, str(params["progressToken"])))
    if "requestId" in params:  # who asked cancels; a server of 2026-07-28 also ends a subscription so
        keys += [("id", frame.server, way, str(params["requestId"])) for way in (frame.direction, other)]
    subscription = _inner(params, "_meta").get(_SUBSCRIPTION)
    return keys if subscription is None else [*keys, ("id", frame.server, other, str(subscription))]


def _params(frame: Frame) -> dict[str, JsonValue]:
    return _inner(frame.message, "params")


def _inner(value: JsonValue, key: str) -> dict[str, JsonValue]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
