"""Control and invisible characters are shown, not passed on: what a person would not see, a model must not obey.

Characters that can be ignored (Unicode's Default_Ignorable_Code_Point) carry text that nobody sees. A few of them have
a meaning, and stay where they have it: joiners within the scripts that use them and within emoji, and one variation
selector after a symbol.
"""

import re
from functools import cache

_ALWAYS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # soft hyphen, grapheme joiner, fillers of Hangul and Khmer
    "\u061c\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # bidi controls, zero width, Mongolian selectors
    "\ufe00-\ufe0d\ufeff\ufff0-\ufffb\ud800-\udfff"  # selectors, byte order mark, annotations, undecodable bytes
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # controls of shorthand and of musical notation
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors: used to smuggle text
)
_SELECTORS, _JOINERS = "\ufe0e\ufe0f", "\u200c\u200d"
_SYMBOLS = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
"""What emoji begin with."""
_JOINING = (
    "\u0620-\u077f\u07ca-\u07fa\u0840-\u08ff"  # Arabic, Syriac, N'Ko, Mandaic
    "\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18aa\u1a20-\u1aad\u1b00-\u1b7f"  # India, Asia
    "\u1cd0-\u1cff\ua840-\ua877\ua880-\ua8ff\ua980-\ua9df\uaa60-\uaa7f\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U00011aff\U0001e900-\U0001e95f"
)
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
"""A joiner after one of them shapes the letter before, also at the end of a word (The Unicode Standard §12.1)."""
_STAYS = (
    f"(?<=[{_SYMBOLS}][{_SELECTORS}])"
    "|(?<=[0-9#*]\ufe0f)(?=\u20e3)"  # keycaps
    f"|(?<=[{_JOINING}][{_JOINERS}])(?=[{_JOINING}])"
    f"|(?<=[{_VIRAMAS}][{_JOINERS}])"
    f"|(?<=[{_SYMBOLS}\ufe0f]\u200d)(?=[{_SYMBOLS}])"
)
_HIDDEN = f"[{_ALWAYS}{_SELECTORS}{_JOINERS}](?:(?<=[{_ALWAYS}])|(?!{_STAYS}))"
"""Begins with what is rare, and looks at one character on either side: the time is linear."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""What of that ASCII has."""


def visible(text: str) -> str:
    r"""`text` with hidden characters as escapes, such as `\u202e`; tab, newline and joiners of scripts stay."""
    return _hidden(text).sub(_escape, text)


def visible_line(text: str) -> str:
    r"""`text` on one line, for names: as `visible`, tab and newline as `\t` and `\n` too."""
    return visible(text).replace("\t", "\\t").replace("\n", "\\n")


def hides(text: str) -> bool:
    """Whether `text` holds a control or invisible character (a tab or newline counts)."""
    return bool(_hidden(text).search(text)) or "\n" in text or "\t" in text


def _hidden(text: str) -> re.Pattern[str]:
    """What finds the hidden characters of `text`."""
    return _CONTROL if text.isascii() else _hidden_anywhere()


@cache
def _hidden_anywhere() -> re.Pattern[str]:
    return re.compile(_HIDDEN)  # some 40 ms, and many a process never needs it


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
