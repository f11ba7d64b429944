"""Bytes to text and back, saying which encoding it was, so that a changed file keeps it."""

import codecs
from dataclasses import dataclass

_SAMPLE = 8_192
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded text, line ends as they are in the file, and the codec that gives the same bytes back."""

    text: str
    encoding: str

    @property
    def lines(self) -> list[str]:
        """Lines without their ends; a final line end does not begin another line."""
        lines = self.text.split("\n")
        if lines[-1] == "":
            lines.pop()
        return [line.removesuffix("\r") for line in lines]

    def encoded(self, text: str) -> bytes:
        """Another text in this file's encoding; UTF-8 where that cannot hold it."""
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.encode()


def decode(data: bytes) -> Text | None:
    """`data` as text: by byte order mark, else UTF-8, else Latin-1; None when it is binary."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _by_mark(data, encoding)
    if b"\0" in data[:_SAMPLE]:
        return None
    try:
        return Text(data.decode(), "utf-8")
    except UnicodeDecodeError:
        return _latin(data)


def encoding_of(beginning: bytes) -> str | None:
    """The codec for a text that begins so, cut anywhere; None when it is binary."""
    for bom, encoding in _BOMS:
        if beginning.startswith(bom):
            return encoding
    if b"\0" in beginning[:_SAMPLE]:
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return "latin-1" if _latin(beginning) else None
    return "utf-8"


def _by_mark(data: bytes, encoding: str) -> Text | None:
    try:
        return Text(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def _latin(data: bytes) -> Text | None:
    """Latin-1 decodes anything, so bytes that texts do not use mean binary."""
    sample = data[:_SAMPLE]
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in sample)
    return None if controls * 50 > len(sample) else Text(data.decode("latin-1"), "latin-1")
