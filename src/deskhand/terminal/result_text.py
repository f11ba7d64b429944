"""What a tool gave, as lines for a person: its text first, then its structured content by the names in it."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue
from pydantic_core import from_json
from rich.cells import cell_len

from deskhand.context.message import Image, ToolResult
from deskhand.terminal.printable import one_line, printable

_LEVELS = 20
"""Of what is nested deeper nobody would see the beginning of a line; it stays as it came."""
_FACTS, _ITEM = 170, 84
"""Characters of the short values that stand together in a card, and of those of one item of a list: one row."""
_SHORT = 40
"""Characters of a value that is sure to be read; longer ones, such as addresses, stand behind the others."""
_SENTENCE = 80
"""Characters of a text in one line, from which on it is read for itself."""
_MARK = "untrusted"
"""What tools say to models about texts that others wrote."""
_CUT = re.compile(r"\n\[([\d,]+ of [\d,]+ characters are not shown here)\. Go on with read_output\(.*\n")
"""What `host.results.excerpt` puts in place of the middle."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def result_lines(result: ToolResult, *, brief: bool = False) -> Iterator[str]:
    """All of a result, safe to print; pictures by their size. A `brief` one leaves out values that say nothing."""
    for part in result.content:
        if isinstance(part, Image):
            yield f"[picture, {one_line(part.mime_type, 40)}, {len(part.data) * 3 // 4:,} bytes]"
        else:
            yield from text_lines(part.text, brief=brief)


def text_lines(text: str, *, brief: bool = False) -> Iterator[str]:
    """A text of a result, with the JSON in it laid out; `brief` without JSON that only repeats the text before it."""
    cut = _CUT.search(text)
    before, data = _parted(text[: cut.start()] if cut else text)
    value = _value(data, whole=cut is None) if data else None
    if value is None:
        yield from _printed(text)
        return
    if before.strip():
        yield from _printed(before)
    if cut or not (brief and _repeats(before, value)):
        yield from _laid_out(value, _FACTS if brief else None)
    if cut:
        yield f"[{cut[1]}]"
        yield from _printed(text[cut.end() :])


def first_rows(lines: Sequence[str], width: int, most: int) -> tuple[list[str], int]:
    """The first lines, without empty ones, in at most so many rows of this width; and how many are not shown whole."""
    said = [line for line in lines if line.strip()]
    rows: list[str] = []
    for number, line in enumerate(said):
        start = line[: width * (most + 1)]  # more than fits: the whole of it may be very long, and is drawn often
        columns = width // 2 if cell_len(start) > len(start) else width  # a wide character takes two
        indent = line[: len(line) - len(line.lstrip())][: columns // 2]
        rows += textwrap.wrap(start, columns, subsequent_indent=indent, replace_whitespace=False)
        if len(rows) > most or len(start) < len(line):
            return rows[:most], len(said) - number
    return rows, 0


def _parted(text: str) -> tuple[str, str]:
    """What stands before the JSON at the end of a text, and the JSON; empty where there is none.

    JSON after a text is one line (`host.results`); many lines of JSON are none of it.
    """
    whole = text.strip()
    if whole.startswith("{"):
        return "", whole
    before, _, last = whole.rpartition("\n")
    if last.startswith("{"):
        return before, last
    return ("", whole) if whole.startswith("[") else (text, "")


def _value(data: str, *, whole: bool) -> JsonValue:
    """Structured content; None when it is none, is nothing, or is too deep. Of what is not `whole`, what there is."""
    repaired = _ESCAPE.sub(_repaired, data)
    try:
        value: JsonValue = (
            json.loads(repaired, object_pairs_hook=_object)
            if whole
            else from_json(repaired, allow_partial="trailing-strings")
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) and value and not _deeper(value, _LEVELS) else None


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """An object of JSON, unless it has a name twice: of the two values one would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A name occurs twice.")
    return found


def _repaired(match: re.Match[str]) -> str:
    r"""`visible` shows hidden characters as `\xad` and `\U000e0041`, which are no escapes of JSON (RFC 8259 §7)."""
    return f"\\{match[0]}" if match[1] in "xU" else match[0]


def _inner(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _deeper(value: JsonValue, levels: int) -> bool:
    """Whether more is nested in it than so many levels."""
    return levels < 0 or any(_deeper(inner, levels - 1) for inner in _inner(value))


def _repeats(text: str, value: JsonValue) -> bool:
    """Whether there are values that say something, and the text says each of them, too."""
    told = {leaf if isinstance(leaf, str) else json.dumps(leaf) for leaf in _leaves(value) if _says(leaf)}
    return bool(told) and all(each in text for each in told)


def _leaves(value: JsonValue) -> Iterator[str | int | float | None]:
    if isinstance(value, dict | list):
        for inner in _inner(value):
            yield from _leaves(inner)
    else:
        yield value


def _says(value: JsonValue) -> bool:
    return value is not False and value not in (None, "", [], {})


def _printed(text: str) -> list[str]:
    return printable(text).strip().expandtabs(4).split("\n")


def _laid_out(value: JsonValue, limit: int | None) -> Iterator[str]:
    """Short values on one line, then the texts, then what is nested, under its name.

    With a `limit` that line has at most so many characters, and values that say nothing are left out beside others.
    """
    if isinstance(value, dict) and value:
        told = {key: inner for key, inner in value.items() if not limit or (_says(inner) and key != _MARK)} or value
        yield from _named(told, limit)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _item(_laid_out(inner, limit and _ITEM))
    else:
        yield from _plain(value)


def _named(told: Mapping[str, JsonValue], limit: int | None) -> Iterator[str]:
    texts = {key: inner for key, inner in told.items() if _is_text(inner)}
    nested = {key: inner for key, inner in told.items() if inner and isinstance(inner, dict | list)}
    facts = {key: inner for key, inner in told.items() if key not in texts and key not in nested}
    if facts:
        yield _facts(facts, limit)
    for key, inner in {**texts, **nested}.items():
        laid_out = _laid_out(inner, limit and _ITEM)
        alone = key in texts and len(texts) == 1
        yield from laid_out if alone else _under(f"{_name(key)}:", laid_out)


def _facts(facts: Mapping[str, JsonValue], limit: int | None) -> str:
    """The short values by their names; addresses and ids, which are long, come last."""
    told = [(key, _plain(value)[0]) for key, value in facts.items()]
    in_order = sorted(told, key=lambda fact: len(fact[1]) > _SHORT)
    line = " · ".join(f"{_name(key)}: {fact}" for key, fact in in_order)
    return one_line(line, limit or len(line))


def _name(key: str) -> str:
    return " ".join(printable(key).split())


def _plain(value: JsonValue) -> list[str]:
    """A value that holds no others; quotes where nothing could be seen else."""
    return _printed(value if isinstance(value, str) and value.strip() else json.dumps(value))


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str) and ("\n" in value.strip() or (len(value) > _SENTENCE and " " in value))


def _under(heading: str, lines: Iterable[str]) -> Iterator[str]:
    yield heading
    yield from (f"  {line}" if line else "" for line in lines)


def _item(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))
