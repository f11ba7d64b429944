"""Names of attached files, from BODYSTRUCTURE (RFC 3501 §7.4.2), without fetching the mail."""

from collections.abc import Iterator
from typing import cast

from deskhand.mail.attachment_names import safe_name
from deskhand.mail.parameters import read_parameters

_MOST_PARTS = 1_000


def attachment_names(structure: object) -> tuple[str, ...]:
    """The names in order; what is shown inside the text is left out."""
    names: list[str] = []
    for part in _leaves(structure):
        mime_type = f"{_text(part[0])}/{_text(part[1])}".lower()
        kind, said = _disposition(part, mime_type)
        said = said or _parameters(part[2]).get("name", "")
        inside = mime_type.startswith("text/") and not said and kind != "attachment"
        picture = kind == "inline" or (kind != "attachment" and bool(_text(part[3])))  # a Content-ID: part of the HTML
        if inside or (picture and mime_type.startswith("image/")) or mime_type.startswith("multipart/"):
            continue
        if kind == "attachment" or said or not mime_type.startswith("text/"):
            names.append(safe_name(said, mime_type, len(names) + 1))
    return tuple(names)


def _leaves(structure: object) -> Iterator[tuple[object, ...]]:
    waiting = [structure]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop()
        seen += 1
        if not isinstance(part, tuple) or not part:
            continue
        fields = cast("tuple[object, ...]", part)
        if isinstance(fields[0], list):
            waiting += reversed(cast("list[object]", fields[0]))
        elif len(fields) >= 4:
            yield fields


def _disposition(part: tuple[object, ...], mime_type: str) -> tuple[str, str]:
    """Content-Disposition's value and file name: after MD5, which follows 7 fields, and what some types add."""
    more = 1 if mime_type.startswith("text/") else 3 if mime_type == "message/rfc822" else 0
    at = 8 + more
    value = part[at] if len(part) > at else None
    if not isinstance(value, tuple) or not value:
        return "", ""
    fields = cast("tuple[object, ...]", value)
    return _text(fields[0]).lower(), _parameters(fields[1] if len(fields) > 1 else None).get("filename", "")


def _parameters(pairs: object) -> dict[str, str]:
    """Names and values as a header writes them, for one reading of RFC 2231 and RFC 2047."""
    if not isinstance(pairs, tuple):
        return {}
    values = [_text(value) for value in cast("tuple[object, ...]", pairs)]
    escaped = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values[1::2]]
    written = [
        f"{name}={value}" if "*" in name else f'{name}="{value}"'
        for name, value in zip(values[::2], escaped, strict=False)
    ]
    return read_parameters("; ".join(["x", *written])).parameters


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, int) else ""
