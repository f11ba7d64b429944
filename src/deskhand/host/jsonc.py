"""Small edits of JSON with comments: one member is set or removed, every other byte stays as the person wrote it.

JSONC, as VS Code writes it, is JSON plus `//` and `/* */` comments and trailing commas. Comments and trailing commas
are blanked with spaces of the same length, so that a position in the plain JSON is a position in the file.
"""

import json
import re
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_TRAILING_COMMA = re.compile(r'"(?:\\.|[^"\\\n])*"|,(?=\s*[}\]])')
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    start: int
    """Where its name begins."""
    value: int
    """Where its value begins."""
    end: int
    """One past its value."""


def parse(text: str) -> dict[str, JsonValue]:
    """The object in `text`; a file of only white space and comments holds an empty one.

    Raises:
        ValueError: it is not JSON with comments, holds something else than an object, or names a member twice.
    """
    plain = _plain(text)
    if not plain.strip():
        return {}
    document = cast("JsonValue", json.loads(plain, object_pairs_hook=_unique))
    if not isinstance(document, dict):
        raise ValueError("it holds no object")
    return document


def set_member(text: str, section: str, name: str, value: JsonValue) -> str:
    """`text` with `{section: {name: value}}`; makes the section when there is none.

    Raises:
        ValueError: as `parse`, or the section is not an object.
    """
    document = parse(text)
    if not _plain(text).strip():
        text += json.dumps({section: {}}, indent=2) + "\n"
    elif section not in document:
        text = _add(text, _plain(text).index("{"), section, {})
    elif not isinstance(document[section], dict):
        raise ValueError(f"its {section!r} is not an object")
    start = _member(text, 0, section).value
    known = {member.name: member for member in _members(text, start)}
    if name not in known:
        return _add(text, start, name, value)
    old = known[name]
    return text[: old.value] + _render(text, old.start, value) + text[old.end :]


def remove_member(text: str, section: str, name: str) -> str:
    """`text` without `{section: {name: …}}`; unchanged when it is not there.

    Raises:
        ValueError: as `parse`.
    """
    content = parse(text).get(section)
    if not isinstance(content, dict) or name not in content:
        return text
    start = _member(text, 0, section).value
    members = _members(text, start)
    index = next(index for index, member in enumerate(members) if member.name == name)
    gone = members[index]
    comma = _comma_after(text, gone.end)
    rest = text[gone.end :] if comma is None else text[gone.end : comma] + text[comma + 1 :]
    kept = text[: gone.start].rstrip()
    if "\n" in text[len(kept) : gone.start] and rest.partition("\n")[0].strip():
        kept = text[: gone.start]  # what follows on the line must not end up behind a comment
    if comma is None and index:
        previous = _comma_after(text, members[index - 1].end)
        kept = kept if previous is None else kept[:previous] + kept[previous + 1 :]
    return kept + rest


def _blank(match: re.Match[str]) -> str:
    found = match[0]
    return found if found.startswith('"') else re.sub(r"\S", " ", found)


def _without_comments(text: str) -> str:
    return _STRING_OR_COMMENT.sub(_blank, text.replace("\ufeff", " ", 1) if text.startswith("\ufeff") else text)


def _plain(text: str) -> str:
    return _STRING_OR_TRAILING_COMMA.sub(_blank, _without_comments(text))


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonValue:
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"it names {', '.join(sorted(twice))} twice")
    return dict(pairs)


def _skip(plain: str, position: int) -> int:
    match = _SPACE.match(plain, position)
    return match.end() if match else position


def _members(text: str, start: int) -> list[_Member]:
    """The members of the object that begins at `start`, or after the white space there."""
    plain = _plain(text)
    members: list[_Member] = []
    position = _skip(plain, _skip(plain, start) + 1)
    while plain[position] != "}":
        name, after_name = cast("tuple[str, int]", json.JSONDecoder().raw_decode(plain, position))
        value = _skip(plain, plain.index(":", after_name) + 1)
        end = json.JSONDecoder().raw_decode(plain, value)[1]
        members.append(_Member(name, position, value, end))
        position = _skip(plain, end)
        if plain[position] == ",":
            position = _skip(plain, position + 1)
    return members


def _member(text: str, start: int, name: str) -> _Member:
    return next(member for member in _members(text, start) if member.name == name)


def _comma_after(text: str, position: int) -> int | None:
    plain = _without_comments(text)
    found = _skip(plain, position)
    return found if plain[found] == "," else None


def _add(text: str, start: int, name: str, value: JsonValue) -> str:
    """Append a member to the object at `start`, after whatever comments stand at its end."""
    members = _members(text, start)
    close = json.JSONDecoder().raw_decode(_plain(text), start)[1] - 1
    newline = "\r\n" if "\r\n" in text else "\n"
    outer = _indent(text, start)
    inner = _indent(text, members[-1].start) if members else outer + _unit(text)
    inner = inner if len(inner) > len(outer) else outer + _unit(text)
    content = len(text[:close].rstrip())
    line = f"{newline}{inner}{json.dumps(name, ensure_ascii=False)}: "
    line += _indented(value, inner, text)
    tail = text[content:] if "\n" in text[content:close] else f"{newline}{outer}{text[close:]}"
    if not members or _comma_after(text, members[-1].end) is not None:
        return text[:content] + line + tail
    end = members[-1].end
    return text[:end] + "," + text[end:content] + line + tail


def _indent(text: str, position: int) -> str:
    """The white space at the beginning of the line that `position` is on."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip())]


def _unit(text: str) -> str:
    """One step of indentation, as the file has it."""
    found = re.search(r"^[ \t]+(?=\S)", text, re.MULTILINE)
    return found[0] if found else "  "


def _render(text: str, position: int, value: JsonValue) -> str:
    return _indented(value, _indent(text, position), text)


def _indented(value: JsonValue, indent: str, text: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    return json.dumps(value, indent=_unit(text), ensure_ascii=False).replace("\n", newline + indent)
