"""Control and invisible characters are shown, not passed on: what a person would not see, a model must not obey."""

import re

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # bidi controls, zero width, separators
    "\ufeff\ufff9-\ufffb\ud800-\udfff"  # byte order mark, annotations, surrogates (undecodable bytes in names)
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors: used to smuggle text
    "]"
)


def visible(text: str) -> str:
    r"""`text` with hidden characters as escapes, such as `\u202e`; tab, newline and joiners of scripts stay."""
    return _HIDDEN.sub(_escape, text)


def visible_line(text: str) -> str:
    r"""`text` on one line, for names: as `visible`, tab and newline as `\t` and `\n` too."""
    return visible(text).replace("\t", "\\t").replace("\n", "\\n")


def hides(text: str) -> bool:
    """Whether `text` holds a control or invisible character (a tab or newline counts)."""
    return bool(_HIDDEN.search(text)) or "\n" in text or "\t" in text


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
