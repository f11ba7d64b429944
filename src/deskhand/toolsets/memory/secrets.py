"""Whether a text holds a secret: what a memory must not keep, because what is remembered is shown to models.

Forms of keys, card numbers and secrets told in words are looked for in the text as a reader would see it: without
invisible characters, full-width letters as plain ones, and once more with its lines joined.
"""

import re
import unicodedata

from deskhand.toolsets.memory.card_numbers import card_number_in
from deskhand.toolsets.memory.secret_formats import known_key_in
from deskhand.toolsets.memory.secret_names import named_secret_in
from deskhand.toolsets.memory.secret_words import told_secret_in

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""Characters that show nothing (Unicode: Default_Ignorable_Code_Point), and could cut a key into harmless parts."""
_DASHES = re.compile("[\u2010-\u2013\u2212]")
_LINE_BREAK = re.compile(r"[ \t]{0,8}\r?\n[ \t]{0,8}")


def secret_in(text: str) -> str | None:
    """What kind of secret `text` seems to hold, such as "a card number"; None when it seems to hold none.

    The secret itself is never part of the answer. A text that only speaks of secrets ("I use a password manager"), an
    identifier, a hash, an IBAN or a phone number is no secret. Takes time linear in the length of `text`.
    """
    plain = _plain(text)
    return (
        known_key_in(plain)
        or ("a card number" if card_number_in(plain) else None)
        or told_secret_in(plain)
        or named_secret_in(plain)
        or (known_key_in(_LINE_BREAK.sub("", plain)) if "\n" in plain else None)
    )


def _plain(text: str) -> str:
    if text.isascii():
        return text
    return _DASHES.sub("-", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
