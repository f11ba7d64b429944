"""The words by which mail programs of many languages begin what they quote."""

import re

_WROTE = (
    "wrote|writes|schrieb|schreibt|a écrit|écrit|escribió|escribio|ha scritto|scrive|escreveu|schreef|skrev|kirjoitti|"
    "napisał|napisała|napisał(a)|napisał/a|napsal|napsala|napsal(a)|написал|написала|написал(а)|пишет|написав|"
    "написала|пише|yazdı|şunu yazdı|şunları yazdı|tarihinde şunu yazdı|a scris|írta|έγραψε|napísal|napísal(a)|"
    "va escriure|je napisao|je napisao/la|kirjutas|rakstīja|rašė|đã viết|menulis|כתב|כתבה|كتب|escribe"
)
_WROTE_ANYWHERE = (
    "写道",
    "寫道",
    "のメール",
    "さんは書きました",
    "님이 작성",
    "작성:",
    "のメッセージ",
    "がかきました",
    "が書きました",
)
_WROTE_END = re.compile(
    rf"(?:^|[\s\xa0])(?:{'|'.join(map(re.escape, _WROTE.split('|')))})(?:[\s\xa0]|$)", re.IGNORECASE
)
_WHEN = re.compile(r"\d{1,2}[:.h]\s?\d{2}|\d{4}|@|\d{1,2}[./-]\d{1,2}")
_COLON = (":", "：", ":*", ": ")
_LABELS = {
    "from": "from von de da van från fra lähettäjä od nadawca от від 发件人 寄件者 差出人 보낸 보낸사람 "
    "gönderen kimden feladó expéditeur",
    "sent": "sent date gesendet datum envoyé enviado fecha data inviato verzonden skickat sendt dato lähetetty "
    "päivämäärä wysłano odesláno отправлено дата надіслано 发送时间 日期 傳送時間 送信日時 日時 보낸날짜 날짜 "
    "gönderildi tarih elküldve",
    "subject": "subject betreff objet asunto oggetto assunto onderwerp ämne emne aihe temat předmět тема "
    "主题 主旨 件名 제목 konu tárgy subiect",
}
_LABEL_OF = {word: kind for kind, words in _LABELS.items() for word in words.split()}
_LABEL = re.compile(r"[\s>*_]{0,6}([^\W\d_][^\W\d_]*(?: [^\W\d_]+)?)\s{0,2}\*{0,2}\s?[:：]\*{0,2}")
_REPLIED = (
    "original message|ursprüngliche nachricht|original-nachricht|originalnachricht|message d'origine|message original|"
    "mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|ursprungligt meddelande|"
    "oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|"
    "původní zpráva|исходное сообщение|оригинальное сообщение|початкове повідомлення|原始邮件|原始郵件|元のメッセージ|"
    "원본 메시지|özgün ileti|orijinal mesaj|reply message|original appointment"
)
_FORWARDED = (
    "forwarded message|forwarded by|weitergeleitete nachricht|message transféré|mensaje reenviado|"
    "messaggio inoltrato|mensagem encaminhada|mensagem reencaminhada|doorgestuurd bericht|"
    "vidarebefordrat meddelande|videresendt meddelelse|videresendt melding|edelleenlähetetty viesti|"
    "välitetty viesti|przekazana wiadomość|přeposlaná zpráva|пересланное сообщение|пересылаемое сообщение|"
    "переслане повідомлення|转发邮件|转发的邮件|轉寄郵件|転送メッセージ|転送されたメッセージ|전달된 메시지|"
    "전달 메시지|yönlendirilmiş ileti|iletilen ileti|begin forwarded message|"
    "anfang der weitergeleiteten nachricht|début du message réexpédié|début du message transféré|"
    "inizio messaggio inoltrato|inicio del mensaje reenviado|begin doorgestuurd bericht|vidarebefordrat brev"
)
_MOBILE = (
    "sent from my|sent from outlook|sent from mail for|sent from yahoo|sent from proton|sent via|get outlook for|"
    "von meinem iphone gesendet|gesendet von|von meinem|gesendet mit der|envoyé de mon|envoyé depuis|envoyé à partir|"
    "obtenez outlook|enviado desde|enviado do meu|enviado a partir|obtener outlook|inviato da|scarica outlook|"
    "verstuurd vanaf|verzonden vanaf|skickat från|skickades från|sendt fra|lähetetty|wysłane z|odesláno z|"
    "отправлено с|отправлено из|надіслано з|从我的|发自我的|iphoneから送信|ipadから送信|나의 iphone에서 보냄|"
    "iphone'umdan gönderildi|iphone’umdan gönderildi"
)
_REPLIED_WORDS, _FORWARDED_WORDS, _MOBILE_WORDS = (tuple(words.split("|")) for words in (_REPLIED, _FORWARDED, _MOBILE))
_FRAME = re.compile(r"[\s>]{0,6}[-_*=]{2,40}\s{0,3}([^-_*=\s][^_*=]{2,60}?)\s{0,3}[-_*=]{2,40}\s*")
_RULE = re.compile(r"\s{0,3}[_-]{10,80}\s*")


def is_attribution(line: str) -> bool:
    """Whether a line, or some that were joined, says who wrote what follows, and when."""
    plain = line.strip(" \t*>\u00a0\u202f")
    if not 6 <= len(plain) <= 300 or not plain.endswith(_COLON) or not _WHEN.search(plain):
        return False
    return (
        any(words in plain for words in _WROTE_ANYWHERE) or _WROTE_END.search(plain.rstrip(":：*\u00a0 ")) is not None
    )


def ends_as_attribution(line: str) -> bool:
    """Whether the last line of an attribution may end so: cheap, for the lines of long mails."""
    return line.rstrip(" \t*\u00a0\u202f").endswith(_COLON)


def is_loose_attribution(line: str) -> bool:
    """Whether a line says who wrote, without a date: only a quotation below makes it an attribution."""
    plain = line.strip(" \t*\u00a0")
    if not 6 <= len(plain) <= 200 or not plain.endswith(_COLON):
        return False
    if plain.endswith(">:") and "@" in plain and _WHEN.search(plain.partition("<")[0]):
        return True
    return is_attribution(f"{plain[:-1]} 2000:") or is_attribution(f"2000 {plain}")


def label_of(line: str) -> str:
    """`from`, `sent` or `subject` where a line is that field of a header block, `other` for another field."""
    found = _LABEL.match(line[:200])
    if found is None:
        return ""
    said = found[1].lower()
    names = (said, said.replace(" ", ""), said.split(" ")[0])
    return next((_LABEL_OF[name] for name in names if name in _LABEL_OF), "other")


def is_reply_mark(line: str) -> bool:
    """`-----Original Message-----`, in many languages."""
    found = _FRAME.fullmatch(line[:200])
    return found is not None and found[1].strip().lower().replace("’", "'") in _REPLIED_WORDS


def is_forward_mark(line: str) -> bool:
    """`---------- Forwarded message ----------` or `Begin forwarded message:`, in many languages."""
    found = _FRAME.fullmatch(line[:200])
    plain = (found[1] if found else line[:200]).strip(" >*\t").lower()
    framed = found is not None or plain.endswith((":", "："))
    return framed and plain.startswith(_FORWARDED_WORDS)


def is_mobile_signature(line: str) -> bool:
    """`Sent from my phone`, in many languages."""
    plain = line.strip().lower()
    return len(plain) <= 100 and plain.startswith(_MOBILE_WORDS)


def is_rule(line: str) -> bool:
    """A line of dashes or underscores."""
    return _RULE.fullmatch(line[:200]) is not None
