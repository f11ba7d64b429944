"""Bytes of a mail as text, whatever its charset says: what is declared is often not what was written."""

import codecs
import re
from dataclasses import dataclass
from encodings.aliases import aliases

_NOT_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "mbcs"}
_KNOWN = {*aliases.values()} - _NOT_TEXT
_WIDER = {
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "windows_874": "cp874",
    "unicode_1_1_utf_7": "utf_7",
    "utf8mb4": "utf_8",
}
"""Charsets that stand for one that holds more, as the WHATWG Encoding Standard has it, and names aliases lack."""
_SINGLE_BYTE = re.compile(r"cp125\d|iso8859_\d+|koi8_[ru]|mac_roman")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and what was wrong with the charset that was declared; empty when it was right."""

    text: str
    problem: str = ""


def decode_charset(data: bytes, declared: str) -> Decoded:
    """`data` by the declared charset where it fits, else by UTF-8, else by Windows-1252; never fails."""
    codec = _codec_of(declared)
    if codec is None:
        return Decoded(_guessed(data), f"its charset is not known: {declared[:40]}")
    if codec == "utf_8":
        return _as_utf8(data)
    if codec == "cp1252" or _SINGLE_BYTE.fullmatch(codec):
        return _single_byte(data, codec, declared)
    strict = _strict(data, codec)
    if strict is not None:
        return Decoded(strict)
    return Decoded(_guessed(data), f"it is not {declared[:40]} as it says")


def _codec_of(declared: str) -> str | None:
    """The name of Python's codec; None when there is none that is meant for text."""
    name = re.sub(r"[^a-z0-9]+", "_", declared.split("*")[0].lower()).strip("_")
    if not name:
        return "cp1252"
    name = _WIDER.get(name, name)
    name = aliases.get(name, name)
    name = _WIDER.get(name, name)
    return name if name in _KNOWN else None


def _single_byte(data: bytes, codec: str, declared: str) -> Decoded:
    """Any byte is a letter there, so that UTF-8, which hardly comes about by chance, shows what was meant."""
    if data.isascii():
        return Decoded(data.decode("ascii"))
    as_utf8 = _strict(data, "utf_8")
    if as_utf8 is not None:
        return Decoded(as_utf8, f"it is UTF-8, not {declared[:40]} as it says" if declared else "")
    said_ascii = declared.lower() in ("us-ascii", "ascii")
    return Decoded(_lenient(data, codec), "it is not ASCII as it says" if said_ascii else "")


def _as_utf8(data: bytes) -> Decoded:
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if not broken or _strict(data, "utf_8") is not None:
        return Decoded(text)
    letters = sum(1 for char in text[:100_000] if char > "\x7f") - broken
    return Decoded(text if letters > broken else _lenient(data, "cp1252"), "it is not UTF-8 as it says")


def _guessed(data: bytes) -> str:
    as_utf8 = _strict(data, "utf_8")
    return _lenient(data, "cp1252") if as_utf8 is None else as_utf8


def _lenient(data: bytes, codec: str) -> str:
    """Bytes that the codec has no letter for as Latin-1 (the controls of C1, which are shown as escapes)."""
    strict = _strict(data, codec)
    if strict is not None:
        return strict
    return data.decode("latin-1") if codec == "cp1252" else data.decode(codec, "replace")


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return codecs.decode(data, codec)
    except (UnicodeError, ValueError, LookupError):
        return None
