"""Content-Transfer-Encodings (RFC 2045 §6), and uuencode, decoded as far as what is there goes."""

import binascii
import re

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE = b" \t\r\n"
_OTHER = bytes(byte for byte in range(256) if byte not in _BASE64 and byte != ord("="))
_STRANGE = bytes(byte for byte in _OTHER if byte not in _WHITE)
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,500})\r?\n", re.MULTILINE)
_UU_LINES = 2_000_000


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The bytes, and what was wrong with the encoding; empty when nothing was."""
    name = encoding.strip().lower()
    if name == "base64":
        return from_base64(data)
    if name == "quoted-printable":
        return _from_quoted_printable(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return from_uu(data)
    known = name in ("", "7bit", "8bit", "binary")
    return data, "" if known else f"its encoding is not known: {name[:40]}"


def from_base64(data: bytes) -> tuple[bytes, str]:
    """What base64 says, past characters that do not belong there, and past padding in the middle."""
    strange = len(data) - len(data.translate(None, _STRANGE))
    pieces = [piece for piece in data.translate(None, _OTHER).split(b"=") if piece]
    cut = False
    decoded: list[bytes] = []
    for piece in pieces:
        left = len(piece) % 4
        cut = cut or left == 1
        whole = piece[:-1] if left == 1 else piece
        decoded.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(decoded), "its base64 is damaged" if cut or strange or len(pieces) > 1 else ""


def _from_quoted_printable(data: bytes) -> tuple[bytes, str]:
    damaged = re.search(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*$)", data) is not None
    return binascii.a2b_qp(data), "its quoted-printable is damaged" if damaged else ""


def uu_files(data: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The text without the files that are uuencoded inside, and those files with their names."""
    kept: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    at = 0
    while (begin := _UU_BEGIN.search(data, at)) is not None and len(files) < 100:
        end = data.find(b"\nend", begin.end() - 1)
        if end < 0:
            break
        kept.append(data[at : begin.start()])
        files.append((begin[1].decode("utf-8", "replace").strip(), from_uu(data[begin.start() : end + 1])[0]))
        at = end + len(b"\nend")
    kept.append(data[at:])
    return b"".join(kept), files


def from_uu(data: bytes) -> tuple[bytes, str]:
    """What stands between `begin` and `end`; lines that are no uuencode are left out, and said."""
    lines = data.splitlines()[:_UU_LINES]
    begin = next((number for number, line in enumerate(lines) if line.startswith(b"begin")), -1)
    if begin >= 0 and lines[begin].startswith(b"begin-base64"):
        return from_base64(b"\n".join(line for line in lines[begin + 1 :] if not line.startswith(b"=")))
    decoded: list[bytes] = []
    damaged = False
    for line in lines[begin + 1 :]:
        if line == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            damaged = True
    return b"".join(decoded), "its uuencode is damaged" if damaged else ""
