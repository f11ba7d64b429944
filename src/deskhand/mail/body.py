"""Which parts of a mail are its text, and which are files."""

from dataclasses import dataclass, field

from deskhand.mail.charsets import decode_charset
from deskhand.mail.flowed import unflowed
from deskhand.mail.html_text import HtmlText, html_text
from deskhand.mail.mime_parts import Part
from deskhand.mail.quoted import split_quoted
from deskhand.mail.report import readable_report
from deskhand.mail.transfer import uu_files

CHARACTERS = 1_000_000
"""Most characters of text that are read of a mail."""
_TEXTS = {"text/plain", "text/html", "text/markdown", "text/enriched", "text/x-amp-html"}
_REPORTS = {"message/delivery-status", "message/disposition-notification"}
_ENCRYPTED = "[This mail is encrypted. Its text cannot be read here; open it in the mail program that has the key.]"


@dataclass(slots=True)
class Body:
    """The text of a mail, as it is being put together."""

    texts: list[str] = field(default_factory=list[str])
    files: list[Part] = field(default_factory=list[Part])
    calendars: list[Part] = field(default_factory=list[Part])
    uuencoded: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    warnings: list[str] = field(default_factory=list[str])
    from_html: bool = False
    is_cut: bool = False
    """Whether there is more text than was read."""
    pages: dict[int, HtmlText] = field(default_factory=dict[int, HtmlText])
    """HTML parts that were read, by where they begin: comparing and showing take one reading."""

    @property
    def text(self) -> str:
        """All texts with an empty line between."""
        return "\n\n".join(text for text in self.texts if text.strip())[:CHARACTERS]


def read_body(root: Part) -> Body:
    """The text and the files below `root`, in order."""
    body = Body()
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.mime_type == "multipart/alternative" and part.children:
            waiting += reversed(_alternative(part, body))
        elif part.children:
            waiting += reversed(_others(part, body))
        else:
            _leaf(part, body)
    if not body.text.strip():
        _last_resort(body)
    body.is_cut = body.is_cut or sum(map(len, body.texts)) > CHARACTERS
    return body


def _others(part: Part, body: Body) -> list[Part]:
    """What to look at in a part that is no alternative; says what kind of envelope it was."""
    if part.mime_type == "multipart/encrypted":
        body.texts.append(_ENCRYPTED)
    elif part.mime_type == "multipart/signed":
        body.warnings.append("The mail is signed; the signature was not checked.")
    elif part.mime_type == "multipart/related":
        first = _root_of(part)
        rest = [child for child in part.children if child is not first]
        body.files += [leaf for leaf in rest if not leaf.children]
        return [first, *(child for child in rest if child.children)]
    return part.children


def _root_of(related: Part) -> Part:
    """What the other parts belong to: the one that `start` names (RFC 2387 §3.2), else the first that is a text."""
    start = related.parameters.get("start", "").strip("<> ")
    texts = (child for child in related.children if child.children or child.mime_type in _TEXTS)
    named = (child for child in related.children if start and child.content_id == start)
    return next(named, None) or next(texts, related.children[0])


def _alternative(part: Part, body: Body) -> list[Part]:
    """The plain text, unless the HTML says something else; of what is no text all."""
    plain = next((child for child in part.children if child.mime_type == "text/plain" and not _is_file(child)), None)
    rich = next((child for child in part.children if child.mime_type == "text/html"), None)
    nested = [child for child in part.children if child.children]
    rest = [child for child in part.children if not child.children and child.mime_type not in _TEXTS]
    if plain is not None and rich is not None:
        chosen = rich if _says_less(plain, rich, body) else plain
    elif plain is not None and nested and _says_less(plain, _html_in(nested), body):
        return [*nested, *rest]
    else:
        chosen = plain or rich
    return [chosen, *_files_of(nested), *rest] if chosen is not None else [*nested, *rest]


def _html_in(nested: list[Part]) -> Part | None:
    """The HTML of a multipart/related inside of an alternative."""
    return next((leaf for part in nested for leaf in part.children if leaf.mime_type == "text/html"), None)


def _files_of(nested: list[Part]) -> list[Part]:
    return [leaf for part in nested for leaf in part.children if leaf.mime_type not in _TEXTS]


def _says_less(plain: Part, rich: Part | None, body: Body) -> bool:
    """Whether the plain part is not what people see, who see the HTML: empty, a notice, or another text."""
    if rich is None:
        return False
    plain_words = set(split_quoted(_text_of(plain, Body()))[0].lower().split()[:2_000])
    seen = _page(rich, body)
    rich_words = set(seen.text.lower().split()[:4_000])
    body.warnings += [warning for warning in seen.warnings if warning not in body.warnings]
    if not plain_words or not rich_words:
        return not plain_words and bool(rich_words)
    in_common = len({word for word in plain_words if word in rich_words}) / len(plain_words)
    if in_common >= 0.5:
        return False
    body.warnings.append("The plain text says something else than the HTML that people see; the HTML is shown.")
    return True


def _leaf(part: Part, body: Body) -> None:
    if part.mime_type == "text/calendar":
        body.calendars.append(part)
        if part.name or part.disposition.value == "attachment":
            body.files.append(part)
    elif part.mime_type in _REPORTS:
        body.texts.append(readable_report(part.body()[0], part.mime_type))
    elif part.mime_type in _TEXTS and not _is_file(part):
        body.texts.append(_text_of(part, body))
    else:
        _kind(part, body)
        body.files.append(part)


def _kind(part: Part, body: Body) -> None:
    """What should be said of files that are wrappings."""
    if part.mime_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        signed = part.parameters.get("smime-type", "").lower() == "signed-data"
        body.texts.append("[The text of this mail is inside of its S/MIME signature.]" if signed else _ENCRYPTED)
    elif part.mime_type == "application/ms-tnef" or part.name.lower() == "winmail.dat":
        body.warnings.append("winmail.dat is Outlook's own wrapping (TNEF): what is in it was not taken apart.")
    elif part.mime_type in ("message/partial", "message/external-body"):
        body.warnings.append(f"A part of the mail is not in it ({part.mime_type}).")


def _is_file(part: Part) -> bool:
    return part.disposition.value == "attachment" or bool(part.name)


def _text_of(part: Part, body: Body) -> str:
    data, damage = part.body()
    if part.mime_type == "text/plain":
        data, files = uu_files(data)
        body.uuencoded += files
    decoded = decode_charset(data[: 5 * CHARACTERS], part.parameters.get("charset", ""))
    body.warnings += [f"The text may be wrong: {problem}." for problem in (damage, decoded.problem) if problem]
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    if part.mime_type in ("text/html", "text/x-amp-html"):
        read = _page(part, body)
        body.from_html = True
        body.warnings += [warning for warning in read.warnings if warning not in body.warnings]
        text = read.text
    if len(text) > CHARACTERS or len(data) > 5 * CHARACTERS:
        body.is_cut = True
        body.warnings.append(f"The text was cut after {CHARACTERS:,} characters.")
    text = text[:CHARACTERS]
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    if "-----BEGIN PGP MESSAGE-----" in text:
        body.warnings.append("The text, or a part of it, is encrypted (PGP).")
    return text


def _page(part: Part, body: Body) -> HtmlText:
    if part.start not in body.pages:
        decoded = decode_charset(part.body()[0][: 5 * CHARACTERS], part.parameters.get("charset", ""))
        body.pages[part.start] = html_text(decoded.text)
    return body.pages[part.start]


def _last_resort(body: Body) -> None:
    """A text that has a name, when there is no other: some programs name the text itself."""
    for part in body.files:
        if part.mime_type in _TEXTS and part.disposition.value != "attachment":
            body.texts.append(_text_of(part, body))
            body.files.remove(part)
            return
