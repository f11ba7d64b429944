"""What may become a memory: a readable text of a fair size without a secret."""

import re
import unicodedata

from deskhand.errors import InvalidInput
from deskhand.toolsets.memory.secrets import secret_in

MAX_CHARACTERS = 8_000
"""About 2,000 tokens of English: several times what one search may answer with."""

_UNREADABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb"  # controls, halves of characters
    "\u202a-\u202e\u2066-\u206f"  # turn the reading direction: what is shown is not what is stored
    "\u00ad\u180e\u200b\u2060-\u2065\ufeff\U000e0000-\U000e001f"
    "\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"  # show nothing
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]"  # not a flag
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007f]{8}"
    "|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"  # not a form of an ideograph
    "|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]|[\u200c-\u200f]{4}"  # no writing has so many: hidden data
)
"""Controls and invisible characters, but for those that scripts and emoji need (joiners, marks of direction, flags)."""
_BLANK = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u200b-\u200f\u2028-\u202f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff]*"
)


def accepted(text: str, *, most: int = MAX_CHARACTERS) -> str:
    """`text` as it is stored: in normal form C, with `\\n` between lines, without white space around it.

    `most` is how many characters it may have.

    Raises:
        InvalidInput: it is empty or too long, holds characters nobody can see, or seems to hold a secret.
    """
    _check_length(text, most)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = unicodedata.normalize("NFC", lines).strip().lstrip("\ufeff").strip()
    _check_length(kept, most)
    if _BLANK.fullmatch(kept):
        raise InvalidInput("The text is empty. Expected what is to be remembered, in a sentence or a few.")
    _check_readable(kept)
    kind = secret_in(kept)
    if kind is not None:
        raise InvalidInput(
            f"This is not remembered, because it seems to hold {kind}, and memories are shown to models. "
            "Keep secrets in a password manager; save the text without it, or say only where it is kept."
        )
    return kept


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        raise InvalidInput(
            f"The text has {len(text):,} characters; a memory has at most {most:,}. "
            "Split it into several memories, or save it as a file in the workspace and remember where it is."
        )


def _check_readable(text: str) -> None:
    hidden = _UNREADABLE.search(text)
    if hidden is not None:
        character = hidden[0][0]
        name = unicodedata.name(character, "a control character" if character < "\u00a0" else "no character")
        raise InvalidInput(
            f"Character {hidden.start() + 1} of the text is U+{ord(character):04X} "
            f"({name.lower()}), which nobody sees. "
            "Expected letters, signs, tabs and line breaks: save the text without it."
        )
