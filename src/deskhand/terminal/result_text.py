"""What a tool gave, as lines for a person: its text first, where structured content is all there is."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue
from pydantic_core import from_json

from deskhand.context.message import Image, ToolResult
from deskhand.terminal.printable import one_line, printable

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


def result_lines(result: ToolResult, *, brief: bool = False) -> list[str]:
    """All of a result, safe to print; pictures by their size. A `brief` one has less of what is not text."""
    lines: list[str] = []
    for part in result.content:
        if isinstance(part, Image):
            lines.append(f"[picture, {one_line(part.mime_type, 40)}, {len(part.data) * 3 // 4:,} bytes]")
        else:
            lines += text_lines(part.text, brief=brief)
    return lines


def text_lines(text: str, *, brief: bool = False) -> list[str]:
    """A text of a result. JSON stands for itself only where there is no text for people beside it (`host.results`)."""
    cut = _CUT.search(text)
    before, data = _parted(text[: cut.start()] if cut else text)
    value = _value(data, whole=cut is None) if data else None
    if value is None:
        return _printed(text)
    if before.strip():
        return _printed(before)
    return [*_laid_out(value, _FACTS if brief else None), *([f"[{cut[1]}]"] if cut else ())]


def first_rows(lines: Sequence[str], width: int, most: int) -> tuple[list[str], int]:
    """The first lines, without empty ones, in at most so many rows of this width; and how many are not shown whole."""
    said = [line for line in lines if line.strip()]
    rows: list[str] = []
    for number, line in enumerate(said):
        indent = line[: len(line) - len(line.lstrip())][: width // 2]
        start = line[: width * (most + 1)]  # more than fits: the whole of it may be very long, and is drawn often
        rows += textwrap.wrap(start, width, subsequent_indent=indent, replace_whitespace=False)
        if len(rows) > most:
            return rows[:most], len(said) - number
    return rows, 0


def _parted(text: str) -> tuple[str, str]:
    """What stands before the JSON at the end of a text, and the JSON, which is one line; empty where there is none."""
    before, _, last = text.strip().rpartition("\n")
    if last.startswith("{"):
        return before, last
    whole = text.strip()
    return ("", whole) if whole.startswith(("{", "[")) else (text, "")


def _value(data: str, *, whole: bool) -> JsonValue:
    """Structured content; None when it is none, or nothing. Of what is not `whole`, as much as there is."""
    repaired = _ESCAPE.sub(_repaired, data)
    try:
        value: JsonValue = json.loads(repaired) if whole else from_json(repaired, allow_partial="trailing-strings")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) and value else None


def _repaired(match: re.Match[str]) -> str:
    r"""`visible` shows hidden characters as `\xad` and `\U000e0041`, which are no escapes of JSON (RFC 8259 §7)."""
    return f"\\{match[0]}" if match[1] in "xU" else match[0]


def _printed(text: str) -> list[str]:
    return printable(text).strip().expandtabs(4).split("\n")


def _laid_out(value: JsonValue, limit: int | None) -> Iterator[str]:
    """Short values on one line of at most `limit` characters, then the texts, then what is nested, under its name."""
    if isinstance(value, dict):
        yield from _facts(value, limit)
        texts = {key: inner for key, inner in value.items() if _is_text(inner)}
        nested = {key: inner for key, inner in value.items() if inner and isinstance(inner, dict | list)}
        for key, inner in {**texts, **nested}.items():
            alone = key in texts and len(texts) == 1
            laid_out = _laid_out(inner, limit and _ITEM)
            yield from laid_out if alone else _under(f"{one_line(key, 60)}:", laid_out)
    elif isinstance(value, list):
        for inner in value:
            yield from _item(_laid_out(inner, limit and _ITEM))
    else:
        yield from _printed(value if isinstance(value, str) else json.dumps(value))


def _facts(value: Mapping[str, JsonValue], limit: int | None) -> Iterator[str]:
    """The short values by their names, those that say something; addresses and ids, which are long, come last."""
    told = {key: each for key, each in value.items() if not (isinstance(each, dict | list) or _is_text(each))}
    facts = {key: _printed(each if isinstance(each, str) else json.dumps(each))[0] for key, each in told.items()}
    there = [(key, fact) for key, fact in facts.items() if key != _MARK and fact not in ("", "null", "false")]
    in_order = sorted(there, key=lambda fact: len(fact[1]) > _SHORT)
    if in_order:
        line = " · ".join(f"{one_line(key, 60)}: {fact}" for key, fact in in_order)
        yield one_line(line, limit or len(line))


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str) and ("\n" in value.strip() or (len(value) > _SENTENCE and " " in value))


def _under(heading: str, lines: Iterable[str]) -> Iterator[str]:
    yield heading
    yield from (f"  {line}" if line else "" for line in lines)


def _item(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))
