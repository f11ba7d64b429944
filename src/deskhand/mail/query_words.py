"""Reads what people type into the search field of a mail program.

    from:ann subject:"third quarter" has:attachment after:2026-03-01 is:unread -newsletter figures

All conditions must hold; a leading minus excludes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from difflib import get_close_matches
from functools import reduce

from deskhand.errors import InvalidInput
from deskhand.mail.query import Query

_MOST_CHARACTERS, _MOST_CONDITIONS = 2_000, 50
_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<key>[A-Za-z][\w-]*):(?!//))?(?:"(?P<phrase>[^"]*)"?|(?P<word>\S*))')
_YEARS = range(1970, 9_999)
"""Beyond them a day has no beginning in every zone."""
_SPAN = re.compile(r"(\d{1,5})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_SIZE = re.compile(r"(\d{1,9})([kmg]?)b?")
_SIZES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class _Today:
    today: date

    def ago(self, span: str, key: str) -> date:
        found = _SPAN.fullmatch(span.lower())
        if found is None:
            raise InvalidInput(f"{key}:{span} is not understood: write {key}:7d, 2w, 3m or 1y.")
        try:
            day = self.today - timedelta(days=int(found[1]) * _DAYS[found[2]])
        except OverflowError:
            day = date.min
        if day.year not in _YEARS:
            raise InvalidInput(f"{key}:{span} goes back too far: mails are from {_YEARS[0]} and later.")
        return day

    def day(self, text: str, key: str) -> date:
        near = {"today": 0, "yesterday": 1}.get(text.lower())
        if near is not None:
            return self.today - timedelta(days=near)
        parts = re.fullmatch(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?", text)
        try:
            assert parts is not None
            assert int(parts[1]) in _YEARS
            return date(int(parts[1]), int(parts[2]), int(parts[3] or 1))
        except (AssertionError, ValueError):
            raise InvalidInput(
                f"{key}:{text} is not a day: write {key}:2026-03-01, today or yesterday; "
                f"years go from {_YEARS[0]} to {_YEARS[-1]}."
            ) from None


_Change = Callable[[Query, str, _Today], Query]


def _text(field: str) -> _Change:
    def change(query: Query, value: str, _today: _Today) -> Query:
        values: tuple[str, ...] = getattr(query, field)
        return replace(query, **{field: (*values, value)})  # type: ignore[arg-type]

    return change


def _choice(key: str, choices: dict[str, tuple[str, bool]]) -> _Change:
    def change(query: Query, value: str, _today: _Today) -> Query:
        try:
            field, wanted = choices[value.lower()]
        except KeyError:
            known = ", ".join(f"{key}:{name}" for name in choices)
            raise InvalidInput(f"{key}:{value} is not known; there are {known}.") from None
        return replace(query, **{field: wanted})  # type: ignore[arg-type]

    return change


def _before(query: Query, value: str, today: _Today) -> Query:
    return _until(query, today.day(value, "before"))


def _after(query: Query, value: str, today: _Today) -> Query:
    return _since(query, today.day(value, "after"))


def _on(query: Query, value: str, today: _Today) -> Query:
    day = today.day(value, "on")
    return _until(_since(query, day), day + timedelta(days=1))


def _older(query: Query, value: str, today: _Today) -> Query:
    return _until(query, today.ago(value, "older_than"))


def _newer(query: Query, value: str, today: _Today) -> Query:
    return _since(query, today.ago(value, "newer_than"))


def _until(query: Query, day: date) -> Query:
    return replace(query, before=min(day, query.before or day))


def _since(query: Query, day: date) -> Query:
    return replace(query, after=max(day, query.after or day))


def _in(query: Query, value: str, _today: _Today) -> Query:
    if query.folder:
        raise InvalidInput("in: may be given once; in:all looks into every folder.")
    return replace(query, folder=value)


def _larger(query: Query, value: str, _today: _Today) -> Query:
    found = _SIZE.fullmatch(value.lower())
    if found is None:
        raise InvalidInput(f"larger:{value} is not a size: write larger:500k or larger:2M.")
    return replace(query, larger=int(found[1]) * _SIZES[found[2]])


def _message_id(query: Query, value: str, _today: _Today) -> Query:
    return replace(query, message_id=value if value.startswith("<") else f"<{value}>")


_KEYS: dict[str, _Change] = {
    "from": _text("sender"),
    "to": _text("to"),
    "cc": _text("to"),
    "subject": _text("subject"),
    "filename": _text("filename"),
    "has": _choice("has", {"attachment": ("has_attachment", True), "attachments": ("has_attachment", True)}),
    "is": _choice(
        "is",
        {
            "unread": ("unread", True), "read": ("unread", False), "flagged": ("flagged", True),
            "starred": ("flagged", True), "unflagged": ("flagged", False), "answered": ("answered", True),
            "unanswered": ("answered", False),
        },
    ),
    "before": _before,
    "after": _after,
    "since": _after,
    "on": _on,
    "older_than": _older,
    "newer_than": _newer,
    "in": _in,
    "folder": _in,
    "larger": _larger,
    "message-id": _message_id,
}  # fmt: skip


def parse_query(text: str, zone: tzinfo, today: date) -> Query:
    """What `text` asks for.

    Args:
        text: words, "phrases" and conditions such as `from:ann`; empty for all mails.
        zone: the person's, where days begin.
        today: the day it is there; `newer_than:` counts from it.

    Raises:
        InvalidInput: a condition is not known or not understood; the message says what there is instead.
    """
    if len(text) > _MOST_CHARACTERS:
        raise InvalidInput(f"A query may have {_MOST_CHARACTERS} characters; this one has {len(text)}.")
    tokens = [found for found in _TOKEN.finditer(text) if found[0]]
    if len(tokens) > _MOST_CONDITIONS:
        raise InvalidInput(f"A query may have {_MOST_CONDITIONS} words and conditions; this one has {len(tokens)}.")
    _refuse_operators(tokens)
    return reduce(lambda query, token: _with(query, token, _Today(today)), tokens, Query(zone=zone))


def _refuse_operators(tokens: Sequence[re.Match[str]]) -> None:
    if any(token[0] in ("OR", "|", "||") for token in tokens):
        raise InvalidInput("OR is not supported: search once for each side. All that one query says must hold.")
    if any(token[0].startswith(("(", "{")) for token in tokens):
        raise InvalidInput("Groups are not supported: all that a query says must hold; quote brackets to find them.")


def _with(query: Query, token: re.Match[str], today: _Today) -> Query:
    """The query, and what one token says."""
    key, value = token["key"], token["phrase"] if token["phrase"] is not None else token["word"]
    if not token["minus"]:
        return _condition(query, key, value.strip(), today)
    if not key and not value:
        return query  # a dash by itself, as in "March - April"
    excluded = _condition(Query(zone=query.zone), key, value.strip(), today)
    if excluded.folder:
        raise InvalidInput("-in: is not supported: name the folder to look into, with in:.")
    return replace(query, excluded=(*query.excluded, excluded))


def _condition(query: Query, key: str | None, value: str, today: _Today) -> Query:
    if key is None:
        return replace(query, words=(*query.words, value)) if value and value != "AND" else query
    change = _KEYS.get(key.lower())
    if change is None:
        near = get_close_matches(key.lower(), _KEYS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}: ?" if near else f"there are {', '.join(_KEYS)}."
        raise InvalidInput(f'{key}: is not a condition; {hint} To find the text itself, quote it: "{key}:{value}".')
    if not value:
        raise InvalidInput(f"{key}: needs a value, directly after the colon; one with spaces in quotes.")
    return change(query, value, today)
