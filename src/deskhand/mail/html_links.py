"""Links of mails: where they lead, and whether they say so."""

import re
from urllib.parse import urlsplit

_SHOWN = re.compile(r"(?:https?://)?(?:[^\s/@]{1,60}@)?((?:[\w-]{1,63}\.)+[a-z]{2,24})(?:[:/?#]\S*)?", re.IGNORECASE)
_SECOND_LEVEL = {"co", "com", "ac", "org", "net", "gov", "edu", "or", "ne", "go"}
_FILES = {
    "pdf",
    "txt",
    "doc",
    "docx",
    "xls",
    "xlsx",
    "zip",
    "png",
    "jpg",
    "html",
    "md",
    "py",
    "js",
    "csv",
    "eml",
    "ics",
}
_LONGEST = 2_000


def target_of(href: str) -> str:
    """Where a link leads, worth showing: http, https, mailto and tel; empty for anything else."""
    url = re.sub(r"[\t\r\n]", "", href).strip()
    if not url.lower().startswith(("http://", "https://", "mailto:", "tel:")):
        return ""
    url = url.replace(" ", "%20")
    return url if len(url) <= _LONGEST else url[:_LONGEST] + "…"


def host_of(url: str) -> str:
    """The host of an http address in lower case; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def same_place(text: str, url: str) -> bool:
    """Whether the text of a link is its address already."""
    return _bare(text) == _bare(url)


def pretended(text: str, url: str) -> str:
    """The host that a link's text names, when the link leads to another organisation's; else empty."""
    shown = _SHOWN.fullmatch(text.strip()[:500])
    leads = host_of(url)
    if shown is None or not leads or not url.lower().startswith("http"):
        return ""
    said = shown[1].lower()
    if said.rpartition(".")[2] in _FILES and "/" not in text:
        return ""
    return said if _organisation(said) != _organisation(leads) else ""


def _bare(address: str) -> str:
    plain = re.sub(r"^(?:https?://|mailto:|tel:)", "", address.strip(), flags=re.IGNORECASE)
    return plain.removeprefix("www.").rstrip("/").casefold()


def _organisation(host: str) -> str:
    """The labels that one registers: the last two, or three below `co.uk` and its like."""
    labels = host.removeprefix("www.").split(".")
    three = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if three else labels[-2:])
