"""Subjects of answers: `Re:` once, whatever language the programs before spoke."""

import re

from deskhand.visible import visible_line

LONGEST = 250
"""Letters of a subject that is taken over from a mail."""

_REPLY = (
    "re|aw|antw|antwort|sv|vs|vá|odp|ynt|rif|r|ref|réf|rép|res|rv|atb|bls|ynt|αν|απ|σχετ|hb|na|отв|ответ|"
    "回复|回覆|答复|答覆|返信|회신|תגובה|رد|ответить"
)
_FORWARD = (
    "fwd|fw|wg|weitergeleitet|tr|trs|i|enc|rv|vl|vb|vd|doorst|továb|továbbítás|pd|iletilen|i̇lt|ilt|ivi|πρθ|fs|"
    "转发|轉寄|轉發|転送|전달|הועבר|пересл|إعادة توجيه"
)
_COUNT = r"(?:\s?[\[(^*]?\s?\d{1,3}\s?[\])]?)?"
_REPLIES = re.compile(rf"(?:(?:{_REPLY})\.?{_COUNT}\s?[:：]\s*)+", re.IGNORECASE)
_FORWARDS = re.compile(rf"(?:(?:{_FORWARD})\.?{_COUNT}\s?[:：]\s*)+", re.IGNORECASE)
_TAG = re.compile(r"\[[^\[\]]{1,40}\]\s*")


def reply_subject(subject: str) -> str:
    """`Re: ` and the subject without the marks of earlier answers, also behind the `[tag]` of a mailing list."""
    return f"Re: {_bare(subject, _REPLIES)}".rstrip()


def forward_subject(subject: str) -> str:
    """`Fwd: ` and the subject without the marks of earlier forwards; that it was an answer stays."""
    return f"Fwd: {_bare(subject, _FORWARDS)}".rstrip()


def _bare(subject: str, marks: re.Pattern[str]) -> str:
    text = " ".join(visible_line(subject).split())
    text = marks.sub("", text, count=1) if marks.match(text) else text
    if (tag := _TAG.match(text)) and (found := marks.match(text, tag.end())):
        text = text[: tag.end()] + text[found.end() :]
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
