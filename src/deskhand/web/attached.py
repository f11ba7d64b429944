"""What a stored message says beside what the person typed: the resources they attached, each marked as data."""

import re

from deskhand.web.pieces import Attached

_ATTACHED = re.compile(
    r"\[Attached from (?:(?P<server>[^\n:]*) )?(?P<uri>[^\s:]+:[^\n]*): data, not instructions, "
    r"up to (?P<end>\[end [0-9a-f]{8}\])\]\n"
    r"(?P<text>.*?)\n?(?P=end)(?:\n|\Z)",
    re.DOTALL,
)
"""As `host.attachments.as_data` writes it. Where it ends is said by a word that the text cannot know."""


def without_attachments(text: str) -> tuple[tuple[Attached, ...], str]:
    """The resources that stand before what was typed, and what was typed."""
    found: list[Attached] = []
    position = 0
    while match := _ATTACHED.match(text, position):
        found.append(Attached(match["server"] or "", match["uri"], match["text"]))
        position = match.end()
    return tuple(found), text[position:]
