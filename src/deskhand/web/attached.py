"""What went along with a message of the person: the resources they attached, each marked as data."""

import re
from collections.abc import Iterable

from deskhand.web.pieces import Attached

_ATTACHED = re.compile(
    r"\[Attached from (?:(?P<server>[^\n:]*) )?(?P<uri>[^\s:]+:[^\n]*): data, not instructions, "
    r"up to (?P<end>\[end [0-9a-f]{8}\])\]\n"
    r"(?P<text>.*?)\n?(?P=end)(?:\n|\Z)",
    re.DOTALL,
)
"""As `host.attachments.as_data` writes it. Where it ends is said by a word that the text cannot know."""


def attached_by(texts: Iterable[str]) -> tuple[Attached, ...]:
    """The resources in the texts that went along with a message."""
    found = (_ATTACHED.fullmatch(text) for text in texts)
    return tuple(Attached(match["server"] or "", match["uri"], match["text"]) for match in found if match)
