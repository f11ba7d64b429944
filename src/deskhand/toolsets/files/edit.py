"""Exact replacements in a text, and what they change as a diff. Pure functions, no files."""

from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff

from deskhand.errors import InvalidInput
from deskhand.toolsets.files.answers import Edit
from deskhand.visible import visible
from deskhand.workspace.steps import stop_if_cancelled

_COMPARED_LINES = 5_000
_DIFF_LINES = 20_000
_DIFF_CHARACTERS = 6_000


def apply(text: str, edits: Sequence[Edit]) -> str:
    r"""`text` with the edits made one after the other. In a text of only `\r\n` lines, `\n` in an edit means that.

    Raises:
        InvalidInput: an `old` is missing (the nearest line is named) or occurs another number of times.
    """
    crlf = 0 < text.count("\n") == text.count("\r\n")
    for number, edit in enumerate(edits, 1):
        old, new = (_crlf(edit.old), _crlf(edit.new)) if crlf else (edit.old, edit.new)
        text = _replace(text, old, new, edit.count, number)
    return text


def _crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _replace(text: str, old: str, new: str, count: int, number: int) -> str:
    if not old:
        raise InvalidInput(f"Edit {number}: 'old' is empty. To write a whole file, use content instead of edits.")
    found = text.count(old)
    if found == 0:
        raise InvalidInput(f"Edit {number}: 'old' does not occur. {_nearest(text, old)} It must match exactly.")
    if found != count:
        where = ", ".join(str(line) for line in _lines_with(text, old)[:5])
        raise InvalidInput(
            f"Edit {number}: 'old' occurs {found} times (line {where}), not {count}. "
            f"Add lines around it to name one place, or set count={found} to change all."
        )
    return text.replace(old, new)


def _lines_with(text: str, old: str) -> list[int]:
    lines: list[int] = []
    at = text.find(old)
    while at >= 0:
        lines.append(text.count("\n", 0, at) + 1)
        at = text.find(old, at + len(old))
    return lines


def _nearest(text: str, old: str) -> str:
    """The line most like the longest line of `old`."""
    wanted = max(old.splitlines() or [old], key=len).strip()[:200]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best, best_ratio = 0, 0.4
    lines = text.splitlines()[:_COMPARED_LINES]
    for number, line in enumerate(lines, 1):
        stop_if_cancelled()
        matcher.set_seq1(line.strip()[:200])
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = number, ratio
    if not best:
        return "Nothing like it is there; read the file again."
    return f"The nearest is line {best}: {visible(lines[best - 1].strip())[:200]!r}."


def diff(old: str, new: str, name: str) -> str:
    """A unified diff with hidden characters shown, cut visibly when it is long."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > _DIFF_LINES:
        return f"(too large to compare: {len(before):,} lines before, {len(after):,} after)"
    text = visible("\n".join(unified_diff(before, after, f"before/{name}", f"after/{name}", lineterm="", n=2)))
    if len(text) <= _DIFF_CHARACTERS:
        return text
    return f"{text[:_DIFF_CHARACTERS]}\n(cut: {len(text) - _DIFF_CHARACTERS:,} more characters)"
