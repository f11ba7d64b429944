"""Secrets that are told in words: "the password is …", "PIN: …", "Passwort lautet …", "пароль — …", "暗証番号は…"."""

import re
from dataclasses import dataclass

_IS = (
    r"[\"'»”“)]{0,2}\s{0,3}(?:(?P<sign>[:=])|\b(?:is|are|was|lautet|ist|sind|heißt|es|son|era|est|sont|это)\b\s{0,3}:?"
    r"|[—–-](?=\s)|->|→|は|が|：)\s{0,3}"
    r"(?:(?:now|still|currently|always|simply|just|again|jetzt|immer|nun|ahora|siempre|теперь|сейчас|maintenant)\s{1,3})?"
)
"""What comes between the name of a secret and the secret."""
_FOR = r"(?:[^\S\n]{1,2}[^\s.!?;:=—]{1,20}){0,4}?"
"""Words between, as in "password for the router is"."""
_VALUE = r"(?P<quote>[\"'`«“„‘「『(]{0,2})(?P<value>[^\s\"`«»“”„「」『』。、]{1,200})"

_PASSWORD = (
    r"(?:pass-?(?:word|phrase|code|wd)|passwort|kennwort|contraseñas?|clave\s(?:del?\s\w{1,12}|secreta|de acceso)"
    r"|mot\sde\spasse|mdp|парол(?:ь|я|ем|и)|\bpw(?=\s?[:=])|\bpass(?=\s?[:=])|pwd|パスワード|パスコード|合言葉|암호|비밀번호|密码|密碼)"
)
_NOT_THE_PASSWORD = (
    r"(?![A-Za-zа-яё]|[ -](?:manager|polic|hash|hint|length|reset|generator|protect|field|rules?\b|expir|change"
    r"|entry|prompt|store|vault|requirement|strength|book|app\b|less|based|safe\b)|-?manager|マネージャ|管理|ポリシー|を|の長さ)"
)
_PIN = (
    r"(?:(?-i:\bPIN)(?:[ -]?(?:code|number|nummer))?|\bpin[ -](?:code|number)"
    r"|(?:my|the|card|bank|phone|sim|mi)\s+pin|geheimzahl|código\spin|code\spin|пин(?:[ -]?код)?(?:\s(?:карты"
    r"|телефона))?|暗証番号|(?-i:ПИН))"
)
_CARD_CODE = (
    r"(?:\bcv[vc]2?\b(?:\scode)?|\bcid\b|(?:card\s)?security\scode|(?:karten)?prüf(?:nummer|ziffer)|código\sde\sseguridad"
    r"|code\sde\ssécurité|cryptogramme|код\sбезопасности|セキュリティ\s?コード)"
)
_ONE_TIME = (
    r"(?:\botp\b|(?:one[ -]?time|verification|confirmation|authentication|auth|login|sign-in|2fa|mfa|sms|security"
    r"|access)[ -](?:pass)?code|one[ -]?time\spassword|(?:bestätigungs|verifizierungs|sicherheits|einmal)"
    r"-?(?:code|passwort)|código\sde\s(?:verificación|confirmación|acceso)|code\sde\s(?:vérification|confirmation)"
    r"|код\s(?:подтверждения|проверки|из\sсмс|доступа)|одноразовый\s(?:код|пароль)|(?:認証|確認|検証)コード"
    r"|ワンタイム\s?パスワード)"
)
_PHRASE_NAME = r"(?:seed|recovery|mnemonic|backup|wallet|secret)\s(?:phrase|words)"

_ORDINARY_WORDS = """
required optional wrong right correct incorrect invalid valid strong weak good bad secure insecure secret safe
unsafe private public short long important easy hard difficult simple complex complicated unique different same new
old empty blank missing unknown none null nil true false yes no not never always case-sensitive encrypted hashed
salted stored expired changed reset set unset here there below above hidden known confidential shared lost
forgotten compromised leaked okay fine ok mandatory necessary needed temporary permanent default random
alphanumeric numeric personal protected mine yours ours theirs it that this what something nothing everything
somewhere elsewhere terrible awful notwendig erforderlich falsch richtig sicher unsicher geheim lang kurz wichtig
neu alt leer abgelaufen vergessen geändert bekannt unbekannt stark schwach gut schlecht gleich egal kompliziert
einfach gespeichert obligatoria incorrecta correcta segura débil fuerte larga corta importante secreta nueva vieja
vacía diferente igual mía falsa obligatoire incorrect faux oublié fort faible long court important nouveau vide
неверный верный сложный простой длинный короткий важный новый старый неправильный правильный обязателен устарел
забыт изменён утерян нужен sha256 sha-256 sha512 sha1 md5 bcrypt argon2 argon2id scrypt pbkdf2 base64 utf-8 oauth2
2fa 1password office365 string str int bool boolean secretstr
"""
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
"""What is said of a password, rather than the password."""
_PLACEHOLDER = re.compile(r"[*•.x_\-?…]{2,}|[<\[{$%].{0,60}|\(.*|https?:.*", re.IGNORECASE)
_WORD_END = re.compile(
    r"[)\].,;!?'’»]*\s*(?:$|\n|[.,;!?)—–]|(?:and|und|y|и|et|but|for|für|para|для|pour|です|だ|でした)\b)"
)


@dataclass(frozen=True, slots=True)
class _Told:
    kind: str
    name: str
    value: str

    def pattern(self) -> re.Pattern[str]:
        return re.compile(f"{self.name}{self.value}", re.IGNORECASE)


_DIGITS = r"(?:\s{1,2}|\s{0,2}[:=#—–-]\s{0,2}|" + _FOR + _IS + r")[\"'«“„「(]?"
_NUMBERS = tuple(
    (told.kind, told.pattern())
    for told in (
        _Told(
            "a one-time code",
            _ONE_TIME,
            rf"(?![A-Za-zа-яё]){_DIGITS}(?:[A-Z]-)?\d{{3}}[ -]?\d{{1,5}}(?![A-Za-z0-9_:/]|[-.,]\d)",
        ),
        _Told("a card's security code", _CARD_CODE, rf"{_DIGITS}\d{{3,4}}(?![A-Za-z0-9_:/]|[-.,]\d)"),
        _Told("a PIN", _PIN, rf"(?![A-Za-zа-яё]){_DIGITS}\d{{4,8}}(?!\d|[A-Za-z:/]|[-.,]\d)"),
        _Told(
            "a recovery phrase",
            _PHRASE_NAME,
            rf"{_FOR}{_IS}[\"'«“]?(?:\d{{0,2}}[.)]?\s?[a-z]{{3,8}},?\s{{1,2}}){{11}}[a-z]{{3,8}}\b",
        ),
    )
)
_WITH_SIGN = re.compile(rf"(?<![A-Za-z]){_PASSWORD}{_NOT_THE_PASSWORD}{_FOR}{_IS}{_VALUE}", re.IGNORECASE)
_BESIDE = re.compile(rf"(?<![A-Za-z]){_PASSWORD}{_NOT_THE_PASSWORD}\s{{1,2}}{_VALUE}", re.IGNORECASE)
_HINT = re.compile(
    r"pass|pw|mdp|kennwort|contraseñ|clave|парол|パス|合言葉|암호|비밀번호|密|pin|cv[vc]|cid|code|otp|prüf|código"
    r"|cryptogramme|geheimzahl|пин|код|暗証|コード|phrase|words",
    re.IGNORECASE,
)


def told_secret_in(text: str) -> str | None:
    """What kind of secret `text` tells, such as "a PIN"; None when it only speaks about one."""
    if not _HINT.search(text):
        return None
    for kind, pattern in _NUMBERS:
        if pattern.search(text):
            return kind
    told = any(_is_password(match, text) for match in _WITH_SIGN.finditer(text))
    beside = told or any(_looks_made_up(match["value"]) for match in _BESIDE.finditer(text))
    return "a password" if beside else None


def _is_password(match: re.Match[str], text: str) -> bool:
    value = match["value"].rstrip(".,;!?)]'’")
    quoted = match["quote"].strip("(") != ""
    if _PLACEHOLDER.fullmatch(value) or len(value) < 3 or (value.lower() in _ORDINARY and not quoted):
        return False
    if quoted or _looks_made_up(value):
        return True
    foreign = value.isascii() and not match[0].isascii() and not re.search("[ßñäöüéçà]", match[0])
    ends = _WORD_END.match(text, match.start("value") + len(value)) is not None
    plain = value.isdigit() or (value.isalpha() and _may_name(match, value))
    return len(value) > 3 and (foreign or (ends and plain))


def _may_name(match: re.Match[str], value: str) -> bool:
    """A plain word at the end of what is said: after a sign, or in English when it does not describe."""
    return match["sign"] is not None or (value.isascii() and not value.endswith(("ed", "ing", "able", "ible", "ly")))


def _looks_made_up(value: str) -> bool:
    """Not a word or date: digits only, or letters with digits or signs among them."""
    value = value.rstrip(".,;:!?)]'’")
    if len(value) < 6 or _PLACEHOLDER.fullmatch(value) or value.lower() in _ORDINARY:
        return False
    if value.isdigit():
        return True
    letters = any(character.isalpha() for character in value)
    digits = any(character.isdigit() for character in value)
    signs = re.search(r"[!#$%&*+=?@^~<>{}|\\]", value) is not None
    return letters and (digits or signs) and "://" not in value and not re.fullmatch(r"[\w.+-]+@[\w-]+\.\w+", value)
