"""What is new in a mail: its text without the mails it answers, and without the signature."""

from collections.abc import Sequence

from deskhand.mail.quoted_marks import (
    ends_as_attribution,
    is_attribution,
    is_forward_mark,
    is_loose_attribution,
    is_mobile_signature,
    is_reply_mark,
    is_rule,
    label_of,
)

_WRAPPED = 3
"""Most lines that an attribution is broken over."""
_BLOCK = 12
"""Most lines of an Outlook header block; recipients may take several."""
_SIGNATURE = 30
"""Most lines after `-- `: RFC 3676 says 4, people write more."""
_FOOTER = 12

Lines = Sequence[str]


def split_quoted(text: str, *, forwarded: bool = False) -> tuple[str, str, str]:
    """The new text, the quoted tail, and the signature of `text`.

    Quotations that are answered piece by piece stay in the new text, in order. What was forwarded is new; say
    `forwarded` when the subject says so, for programs that forward as they reply.
    """
    lines = text.split("\n")
    forward = next((at for at, line in enumerate(lines) if is_forward_mark(line)), len(lines))
    cut = _cut(lines, forwarded)
    if forward < len(lines) and forward <= cut:
        return _stripped(lines), "", ""
    head, tail = lines[:cut], lines[cut:]
    new, quoted = _unquoted(head, tail)
    new, signature = _unsigned(new)
    if not _stripped(new):
        return (_stripped(tail), "", _stripped(signature)) if not _answered(tail) else (_stripped(lines), "", "")
    return _stripped(new), _stripped(quoted), _stripped(signature)


def _cut(lines: Lines, forwarded: bool) -> int:
    """Where the first mail that is answered begins: an attribution, a header block, a mark, or quoted lines."""
    for at, line in enumerate(lines):
        if _is_quote(line):
            return at
        if _attribution(lines, at):
            return at
        if not forwarded and (is_reply_mark(line) or _header_block(lines, at)):
            return at
    return len(lines)


def _attribution(lines: Lines, at: int) -> int:
    """How many lines from here are an attribution; 0 for none."""
    if not lines[at].strip():
        return 0
    for count in range(1, _WRAPPED + 1):
        taken = lines[at : at + count]
        if len(taken) < count or not taken[-1].strip():
            return 0
        if not ends_as_attribution(taken[-1]):
            continue
        joined = " ".join(line.strip() for line in taken)
        quoted_below = _is_quote(_next(lines, at + count))
        if count > 1 and not quoted_below and not lines[at].strip()[:1].isupper():
            continue
        if is_attribution(joined) or (quoted_below and is_loose_attribution(joined)):
            return count
    return 0


def _next(lines: Lines, at: int) -> str:
    return next((line for line in lines[at : at + 4] if line.strip()), "")


def _header_block(lines: Lines, at: int) -> bool:
    """Outlook quotes without marks, below From, Sent and Subject, perhaps under a line."""
    start = at
    if is_rule(lines[at]):
        start = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), at)
    if label_of(lines[start]) != "from":
        return False
    missing = {"sent", "subject"}
    for line in lines[start + 1 : start + _BLOCK]:
        label = label_of(line)
        missing.discard(label)
        if not missing or label == "from":
            break
    return not missing


def _is_quote(line: str) -> bool:
    return line.lstrip(" \t")[:1] == ">" and not line.lstrip(" \t").startswith(">From ")


def _unquoted(head: list[str], tail: list[str]) -> tuple[list[str], list[str]]:
    """The new lines and the quoted ones, of what stands before the first quotation and from it on."""
    if not tail:
        return head, []
    blocks, last = _blocks(tail)
    if last < 0:
        return head, tail
    replied = sum(1 for _, end in blocks if end <= last)
    attributed = not _is_quote(tail[0])
    if replied == 1 and attributed:
        end = blocks[0][1]
        after, rest = _tail_cut(tail, end, last)
        return [*head, *([""] if _stripped(head) else []), *after], [*tail[:end], *rest]
    kept, rest = _tail_cut(tail, 0, last)
    return [*head, *kept], rest


def _tail_cut(tail: list[str], start: int, last: int) -> tuple[list[str], list[str]]:
    """What stands from `start` to the last answer, with what follows it if that is a signature."""
    after = tail[last + 1 :]
    if any(_is_quote(line) for line in after):
        return tail[start : last + 1], after
    return tail[start:], []


def _blocks(tail: Lines) -> tuple[list[tuple[int, int]], int]:
    """Where quoted lines begin and end, and the last line that answers one; -1 for none.

    Header blocks and marks quote all that follows; a signature and footers of lists answer nothing.
    """
    blocks: list[tuple[int, int]] = []
    last = -1
    at = _attribution(tail, 0)
    if not _is_quote(_next(tail, at)):
        return [], -1
    while at < len(tail):
        line = tail[at]
        if _is_quote(line):
            start = at
            while at < len(tail) and (_is_quote(tail[at]) or not tail[at].strip()):
                at += 1
            blocks.append((start, at))
        elif line.strip() and _ends(tail, at):
            break
        else:
            skipped = _attribution(tail, at)
            last = last if skipped or not line.strip() else at
            at += skipped or 1
    return blocks, last


def _ends(tail: Lines, at: int) -> bool:
    """Whether nobody answers from here on: another mail, a signature, or the footer of a list."""
    line = tail[at]
    few = len(tail) - at <= _FOOTER
    if is_reply_mark(line) or (label_of(line) == "from" and _header_block(tail, at)):
        return True
    return line.rstrip() == "--" or (few and (is_rule(line) or is_mobile_signature(line)))


def _answered(tail: Lines) -> bool:
    """Whether the mail begins with what it quotes, so that there is something to say about it."""
    return bool(tail) and (_is_quote(tail[0]) or _attribution(tail, 0) > 0)


def _unsigned(lines: list[str]) -> tuple[list[str], list[str]]:
    """Without what follows `-- ` (RFC 3676 §4.3), or what a telephone adds."""
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        near = len(lines) - at <= _SIGNATURE
        if not near:
            break
        if line in ("-- ", "--", "--\u00a0") and not any(_is_quote(below) for below in lines[at:]):
            return lines[:at], lines[at + 1 :]
    mobile = next((at for at, line in enumerate(lines) if is_mobile_signature(line)), len(lines))
    after = [line for line in lines[mobile + 1 :] if line.strip()]
    return (lines[:mobile], lines[mobile:]) if mobile < len(lines) and len(after) <= 1 else (lines, [])


def _stripped(lines: Lines) -> str:
    return "\n".join(lines).strip("\n").rstrip()
