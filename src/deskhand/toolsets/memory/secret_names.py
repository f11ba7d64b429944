"""Secrets that stand beside their name: `api_key = …`, "the token is …", `user:password@` in an address, a header."""

import re
from itertools import pairwise

_ADDRESS = re.compile(r"://[^\s/:@]{0,128}+:(?P<value>[^\s/@]{1,256}+)@[\w\[{<$]")
_BEARER = re.compile(r"\bbearer\s{1,4}(?P<value>[A-Za-z0-9_.~+/-]{16,4096}+)", re.IGNORECASE)
_BASIC = re.compile(r"authorization[\"']?\s{0,2}[:=]\s{0,2}[\"']?basic\s{1,4}[A-Za-z0-9+/]{8}", re.IGNORECASE)
_NAME = (
    r"(?:(?:api|access|secret|private|auth|client|signing|encryption|license|account|shared|webhook|service)?[ _-]?"
    r"(?:key|token|secret|キー|トークン)|credential|schlüssel|geheimnis|\bclave|\bclé|jeton|\bключ|токен|секрет|シークレット)"
    r"[a-zа-я]{0,2}"
)
_BETWEEN = r"(?P<between>[^\n.;!?]{0,48}?)"
_VALUE = r"(?<![A-Za-z0-9_+/.-])(?P<value>[A-Za-z0-9_+/=.-]{16,512}+)"
_NAMED = re.compile(rf"(?<![a-z]){_NAME}(?![a-z])\s{{0,3}}{_BETWEEN}{_VALUE}", re.IGNORECASE)
_OTHER_KEY = re.compile(
    r"(?:public|primary|foreign|cache|sort|partition|idempotency|issue|dedup\w*|shortcut|row|routing|hot|composite"
    r"|publishable|continuation|page|next|сортировки|öffentlicher?|pública|publique|публичный|公開)[ _-]?$",
    re.IGNORECASE,
)
_OTHER_THING = re.compile(
    r"commit|hash|sha\d|digest|checksum|fingerprint|\bfile|\bpath|order|tracking|isbn|uuid|\bid\b|url|http|ssh-|branch|folder"
    r"|module|function|class\b|package|datei|archivo|файл|хеш|коммит|ファイル|ハッシュ|コミット",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FILE = re.compile(r".*\.[A-Za-z][A-Za-z0-9]{1,4}")
_PLACEHOLDER = re.compile(
    r"[<\[{$%*].*|[*•.x-]+|pass(?:word|wd)?|pwd|secret|your\w*|my\w*pass\w*|xxx\w*", re.IGNORECASE
)


def named_secret_in(text: str) -> str | None:
    """What kind of secret stands beside its name in `text`."""
    if "://" in text and any(not _PLACEHOLDER.fullmatch(match["value"]) for match in _ADDRESS.finditer(text)):
        return "a connection string with a password"
    if any(_is_random(match["value"]) for match in _BEARER.finditer(text)) or _BASIC.search(text):
        return "an account token"
    if any(_is_key(match, text) for match in _NAMED.finditer(text)):
        return "a key or token"
    return None


def _is_key(match: re.Match[str], text: str) -> bool:
    value = match["value"].strip(".-=/")
    if _OTHER_KEY.search(text[max(0, match.start() - 16) : match.start()].rstrip() + " "):
        return False
    if _OTHER_THING.search(match["between"]) or _FILE.fullmatch(value):
        return False
    if _UUID.fullmatch(value):  # some services hand out UUIDs as keys; most UUIDs name a thing
        return (
            re.search(r"api|secret|auth|license", match[0][: match.start("between") - match.start()], re.I) is not None
        )
    return _is_random(value)


def _is_random(value: str) -> bool:
    """Looks drawn by lot: many different characters, and letters, digits and capitals change places all the time."""
    plain = [character for character in value if character.isalnum()]
    if len(plain) < 16 or len(set(plain)) < 8:
        return False
    changes = sum(_class(left) != _class(right) for left, right in pairwise(plain))
    return changes >= (0.2 if any(map(str.isdigit, plain)) else 0.34) * len(plain)


def _class(character: str) -> int:
    if character.isdigit():
        return 0
    return 1 if character.isupper() else 2
