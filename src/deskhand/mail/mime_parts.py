"""The parts of a mail as a tree (RFC 2046), found in linear time and bounded in depth and number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from deskhand.mail.fields import Fields, read_fields
from deskhand.mail.parameters import Parameterized, read_parameters
from deskhand.mail.transfer import decode_transfer

DEPTH = 20
"""Deepest nesting that is read; what is deeper is a file of its own."""
PARTS = 1_000
"""Most parts that are read."""
_GUESS = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?=[A-Za-z][A-Za-z-]{1,60}:)")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")


@dataclass(slots=True)
class Part:
    """A part: where its body lies in the raw mail, and what its header says."""

    raw: bytes = field(repr=False)
    start: int
    end: int
    fields: Fields
    mime_type: str
    parameters: dict[str, str]
    disposition: Parameterized
    children: "list[Part]" = field(default_factory=list["Part"])
    depth: int = 0

    @property
    def name(self) -> str:
        """What the mail calls the file, decoded and not yet safe; empty when it does not."""
        return self.disposition.parameters.get("filename") or self.parameters.get("name", "")

    @property
    def content_id(self) -> str:
        """Without its angle brackets."""
        return self.fields.first("content-id").strip().strip("<>").strip()[:200]

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, without a comment."""
        return self.fields.first("content-transfer-encoding").partition("(")[0].strip().lower()

    def body(self) -> tuple[bytes, str]:
        """The decoded bytes, and what was wrong with their encoding; empty when nothing was."""
        return decode_transfer(self.raw[self.start : self.end], self.encoding)


def read_parts(raw: bytes) -> tuple[Part, list[str]]:
    """The outermost part with all that is in it, and what was wrong with the structure."""
    problems: list[str] = []
    root = _part(raw, 0, len(raw), "text/plain", 0)
    waiting = [root]
    known = 1
    while waiting:
        part = waiting.pop()
        if not part.mime_type.startswith("multipart/"):
            continue
        if part.depth >= DEPTH:
            problems.append(f"Parts that are nested more than {DEPTH} deep were not taken apart.")
            part.mime_type = "application/octet-stream"
            continue
        part.children = _children(part, PARTS - known, problems)
        known += len(part.children)
        waiting += part.children
    return root, list(dict.fromkeys(problems))


def leaves(root: Part) -> Iterator[Part]:
    """The parts that have no parts, in order."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.children:
            waiting += reversed(part.children)
        else:
            yield part


def _part(raw: bytes, start: int, end: int, default: str, depth: int) -> Part:
    fields = read_fields(raw, start, end)
    content_type = read_parameters(fields.first("content-type"))
    said = content_type.value
    mime_type = said if _TYPE.fullmatch(said) else ("text/plain" if said else default)
    return Part(
        raw,
        min(start + fields.length, end),
        end,
        fields,
        "text/plain" if mime_type == "text/text" else mime_type,
        content_type.parameters,
        read_parameters(fields.first("content-disposition")),
        depth=depth,
    )


def _children(part: Part, most: int, problems: list[str]) -> list[Part]:
    """What stands between the boundaries. Without any, the part is text: better shown than lost."""
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    spans, closed = _spans(part, boundary) if boundary else ([], True)
    if not spans:
        guess = _GUESS.search(part.raw, max(part.start - 1, 0), part.end)
        spans, closed = _spans(part, guess[1]) if guess else ([], True)
        problems.append("The mail's boundaries are malformed; the parts were guessed.")
    if not spans:
        part.mime_type = "text/plain"
        return []
    if not closed:
        problems.append("The mail is cut off: its last boundary is missing.")
    if len(spans) > most:
        problems.append(f"Only the first {PARTS:,} parts of the mail were read.")
    default = "message/rfc822" if part.mime_type == "multipart/digest" else "text/plain"
    return [_part(part.raw, start, end, default, part.depth + 1) for start, end in spans[: max(most, 1)]]


def _spans(part: Part, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Where the parts between delimiter lines begin and end; whether the closing one was there."""
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]{0,200}\r?(?:(?=\n)|\Z)")
    spans: list[tuple[int, int]] = []
    begin = -1
    for found in delimiter.finditer(part.raw, max(part.start - 1, 0), part.end):
        if begin >= 0:
            spans.append((begin, _before(part.raw, found.start(), begin)))
        begin = min(found.end() + 1, part.end)
        if found[1] or len(spans) > PARTS:
            return spans, True
    if begin >= 0:
        spans.append((begin, part.end))
    return spans, False


def _before(raw: bytes, found: int, begin: int) -> int:
    """The line break before a delimiter belongs to it (RFC 2046 §5.1.1)."""
    end = found - 1 if raw[found - 1 : found] == b"\r" else found
    return max(end, begin)
