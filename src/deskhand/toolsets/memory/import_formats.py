"""Reading a file of memories: which format it is, and each memory in it or what is wrong with it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from pydantic import JsonValue

from deskhand.errors import InvalidInput
from deskhand.toolsets.memory import import_mem0, import_reference_server, portable
from deskhand.toolsets.memory.arrival import Arrival, Arrivals, Fault, HoldsSecret
from deskhand.zone import Zone

Format = Literal["deskhand", "reference", "mem0"]
FORMATS: tuple[Format, ...] = get_args(Format)

Piece = tuple[str, str]
"""Where it stands ("line 3"), and the JSON of one record."""
Progress = Callable[[int, int], None]
"""Called with how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: `now` stands for times it does not tell, `zone` for offsets, `user` for whose of mem0's."""

    now: datetime
    zone: Zone
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    format: Format
    arrivals: tuple[Arrival, ...]
    faults: tuple[Fault, ...]


def contents(text: str, wanted: Format | None, reading: Reading, progress: Progress | None = None) -> Contents:
    """Read a file's text; `wanted` None finds out which format it has.

    Raises:
        InvalidInput: it is in no known format, or holds the memories of several people.
    """
    pieces = list(_pieces(text.removeprefix("\ufeff")))
    form = wanted or (_format_of(pieces) if pieces else "deskhand")
    read = _of_mem0(pieces, reading) if form == "mem0" else _each(pieces, form, reading)
    arrivals: list[Arrival] = []
    faults: list[Fault] = []
    for found in read:
        if isinstance(found, Fault):
            faults.append(found)
        else:
            arrivals.append(found)
        if progress is not None:
            progress(min(len(arrivals) + len(faults), len(pieces)), len(pieces))
    return Contents(form, tuple(arrivals), tuple(faults))


def _pieces(text: str) -> Iterator[Piece]:
    """The records of one JSON document, or those that stand on lines of their own."""
    try:
        document = cast(JsonValue, json.loads(text))
    except (ValueError, RecursionError):
        document = None
    records = _records(document)
    if records is not None:
        for number, record in enumerate(records, 1):
            yield f"item {number}", json.dumps(record)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"line {number}", line


def _records(document: JsonValue) -> Sequence[JsonValue] | None:
    """The list a document is, or keeps under the names these programs give it."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return None
    for name in ("results", "memories"):
        if isinstance(found := document.get(name), list):
            return found
    entities, relations = document.get("entities"), document.get("relations")
    if not isinstance(entities, list) or not isinstance(relations, list):
        return None
    return [*_typed("entity", entities), *_typed("relation", relations)]


def _typed(kind: str, records: Sequence[JsonValue]) -> list[JsonValue]:
    return [{"type": kind, **record} if isinstance(record, dict) else record for record in records]


def _format_of(pieces: Sequence[Piece]) -> Format:
    """The format of the first record that has one: a broken first line must not decide."""
    for _, piece in pieces:
        try:
            record = cast(JsonValue, json.loads(piece))
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and (form := _format_of_record(record)):
            return form
    raise InvalidInput(
        "These are no memories that can be imported. Expected JSON lines of `deskhand memory export`, the JSON lines "
        "of the reference memory server (type, name, observations …), or an export of mem0 (results, memory …)."
    )


def _format_of_record(record: Mapping[str, JsonValue]) -> Format | None:
    if portable.MARK in record:
        return "deskhand"
    if record.get("type") in ("entity", "relation"):
        return "reference"
    return "mem0" if "memory" in record and "id" in record else None


def _each(pieces: Sequence[Piece], form: Format, reading: Reading) -> Arrivals:
    for place, piece in pieces:
        try:
            if form == "reference":
                yield from import_reference_server.arrivals(piece, place, reading.now)
            else:
                yield portable.arrival_of(piece, place, reading.zone)
        except InvalidInput as error:
            yield _fault(place, error)


def _of_mem0(pieces: Sequence[Piece], reading: Reading) -> Arrivals:
    memories: list[tuple[str, import_mem0.Mem0Memory]] = []
    for place, piece in pieces:
        try:
            memories.append((place, import_mem0.parsed(piece)))
        except InvalidInput as error:
            yield _fault(place, error)
    users = sorted({memory.user_id or "" for _, memory in memories})
    named = ", ".join(user or "(nobody)" for user in users[:10])
    if len(users) > 1 and reading.user is None:
        raise InvalidInput(f"This holds the memories of several people: {named}. Say whose to import with --of.")
    if users and reading.user is not None and reading.user not in users:
        raise InvalidInput(f"This holds no memories of {reading.user}, but of: {named}.")
    for place, memory in memories:
        if reading.user is None or memory.user_id == reading.user:
            try:
                yield import_mem0.arrival_of(memory, place, reading.now)
            except InvalidInput as error:
                yield _fault(place, error)


def _fault(place: str, error: InvalidInput) -> Fault:
    return Fault(place, error.message, secret=isinstance(error, HoldsSecret))
