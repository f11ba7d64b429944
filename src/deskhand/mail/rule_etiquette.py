"""Which mails nothing may answer by itself: RFC 3834 §2 and §4, and what programs say beside it."""

import re
from collections.abc import Callable

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.mail import Headers
from deskhand.mail.recipients import parse_address
from deskhand.mail.rule_mail import Incoming

_LIST = ("list-id", "list-post", "list-help", "list-unsubscribe", "list-subscribe", "list-owner", "list-archive")
"""RFC 2369 and RFC 2919."""
_RESPONDERS = ("x-loop", "x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "feedback-id")
_MASS = frozenset({"bulk", "list", "junk", "auto_reply"})
_SUPPRESSES = frozenset({"all", "oof", "autoreply"})
_ROBOT = re.compile(
    r"(?:do[-_.]?)?no[t]?[-_.]?reply.*|mailer[-_.]?daemon|postmaster|mail[-_.]?delivery.*|bounces?\b.*|.*[-_.+=]bounces?"
    r"|owner-.*|.*-(?:request|owner|relay|admin)|listserv|majordomo|mdaemon|daemon|root|nobody|auto[-_.]?(?:reply|mail"
    r"|confirm).*|notifications?|alerts?|newsletters?|mailings?|prvs=.*|srs[01]=.*bounce.*",
    re.IGNORECASE,
)
"""Local parts behind which nobody reads."""
_AUTOMATIC_SUBJECT = re.compile(
    r"(?:auto|automatic reply|auto-?reply|auto-?response|out of (?:the )?office|automatische antwort|abwesenheit\w*"
    r"|réponse automatique|respuesta automática|risposta automatica|undeliver(?:able|ed)[\w ]*|delivery status[\w ]*)"
    r"\s*[:(]",
    re.IGNORECASE,
)


def objection(mail: Incoming) -> str:
    """Why this mail must not be answered by a program, whatever a rule says; empty where nothing speaks against it."""
    return next((why for look in _LOOKS if (why := look(mail))), "")


def answered_to(headers: Headers) -> Address | None:
    """Where an automatic answer goes: to Return-Path (RFC 3834 §4), else to From if that is one address.

    None when Return-Path is empty, as bounces have it, or cannot be read: nobody is to be answered then.
    """
    path = headers.other.get("return-path", ())
    if path:
        return _address(path[0])
    return headers.sender[0] if len(headers.sender) == 1 and headers.sender[0].email else None


def is_robot(address: Address) -> bool:
    """Whether nobody reads what is written there: no-reply, mailer-daemon, owner-…, …-request."""
    return bool(_ROBOT.fullmatch(address.email.rpartition("@")[0]))


def _address(path: str) -> Address | None:
    try:
        return parse_address(path.strip().removeprefix("<").removesuffix(">"))
    except InvalidInput:
        return None


def _spam(mail: Incoming) -> str:
    flagged = [*mail.headers.other.get("x-spam-flag", ()), *mail.headers.other.get("x-spam-status", ())]
    found = mail.in_junk or any(value.casefold().startswith("yes") for value in flagged)
    return "it is spam" if found else ""


def _automatic(mail: Incoming) -> str:
    said = re.split(r"[\s;(]", mail.headers.auto_submitted.strip(), maxsplit=1)[0]
    if said not in ("", "no"):
        return f"a program wrote it (Auto-Submitted: {said[:40]})"
    if any(name in mail.headers.other for name in _RESPONDERS):
        return "a program wrote it"
    if _AUTOMATIC_SUBJECT.match(mail.headers.subject.strip()):
        return "its subject says that a program wrote it"
    kind = next(iter(mail.headers.other.get("content-type", ())), "").casefold()
    return "it is a report about mail" if kind.startswith(("multipart/report", "message/delivery-status")) else ""


def _suppressed(mail: Incoming) -> str:
    values = {
        word.strip().casefold()
        for value in mail.headers.other.get("x-auto-response-suppress", ())
        for word in value.split(",")
    }
    return "its sender wants no automatic answers (X-Auto-Response-Suppress)" if values & _SUPPRESSES else ""


def _listed(mail: Incoming) -> str:
    if mail.headers.list_id or any(name in mail.headers.other for name in _LIST):
        return "it came through a mailing list"
    said = {value.strip().casefold() for value in mail.headers.other.get("precedence", ())}
    return "it was sent to many (Precedence)" if said & _MASS else ""


def _unanswerable(mail: Incoming) -> str:
    if not mail.id:
        return "it has no Message-ID, so that nobody could tell whether it was answered"
    to = answered_to(mail.headers)
    if to is None:
        return "it has no sender who could be answered (Return-Path, From)"
    robots = [address for address in (to, *mail.headers.sender, *mail.headers.reply_to) if is_robot(address)]
    return f"nobody reads what is sent to {robots[0].email}" if robots else ""


_LOOKS: tuple[Callable[[Incoming], str], ...] = (_spam, _automatic, _suppressed, _listed, _unanswerable)
