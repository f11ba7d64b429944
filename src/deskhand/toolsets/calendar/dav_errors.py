"""What a CalDAV server's refusal means for the person who asked. No word of the server's own is repeated."""

from urllib.parse import urlsplit

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, LimitExceeded, NotFound, Unavailable
from deskhand.mail.account import Account
from deskhand.outbound import Answer
from deskhand.toolsets.calendar.dav_xml import parse_xml

_LONGEST_WAIT = 3600.0
_HINTS = {
    "icloud.com": "iCloud takes an app-specific password, made at account.apple.com.",
    "fastmail.com": "Fastmail takes an app password (Settings, Privacy & Security).",
    "google.com": "Google's calendars take OAuth tokens only: set `oauth` for this account.",
    "googleusercontent.com": "Google's calendars take OAuth tokens only: set `oauth` for this account.",
}
_CONDITIONS: dict[str, DeskhandError] = {
    "C:no-uid-conflict": Conflict("There is an event of that UID already. Read it, then change it."),
    "C:valid-calendar-data": InvalidInput("The server does not take this as a calendar: some value in it is wrong."),
    "C:valid-calendar-object-resource": InvalidInput("The server does not take the event: it must have one UID alone."),
    "C:supported-calendar-component": Denied("This calendar takes no events. Choose another one."),
    "C:supported-calendar-data": InvalidInput("The server does not take this version of iCalendar."),
    "C:max-resource-size": LimitExceeded("The event is larger than the server takes. Shorten its description."),
    "C:max-attendees-per-instance": LimitExceeded("The event has more attendees than the server takes."),
    "C:max-instances": LimitExceeded("The event repeats more often than the server takes. Give it an end."),
    "C:min-date-time": InvalidInput("The event begins earlier than the server keeps calendars."),
    "C:max-date-time": InvalidInput("The event ends later than the server keeps calendars."),
    "D:need-privileges": Denied("This calendar may only be read, not changed. Choose another one."),
    "D:quota-not-exceeded": LimitExceeded("There is no room left on the calendar server."),
    "D:sufficient-disk-space": LimitExceeded("There is no room left on the calendar server."),
}
"""What RFC 4791 §5.3.2.1 and RFC 3744 name in a `DAV:error`."""


def refusal(answer: Answer, account: Account, what: str) -> DeskhandError:
    """Why `answer`, of status 400 or more, did not do `what` (such as "read the calendar work/Team")."""
    for condition in conditions(answer):
        if condition in _CONDITIONS:
            known = _CONDITIONS[condition]
            return type(known)(known.message)
    host = urlsplit(answer.url).hostname or "The server"
    if answer.status == 401:
        return _not_signed_in(host, account, answer)
    simple = _BY_STATUS.get(answer.status)
    if simple is not None:
        return type(simple)(f"{host} cannot {what}: {simple.message}")
    if answer.status in (429, 503):
        return Unavailable(
            f"{host} cannot {what} now: it asks to come again later.",
            retry_after=_wait(answer.headers.get("Retry-After")),
        )
    return Unavailable(f"{host} cannot {what}: it answered with the status {answer.status}. Try again later.")


_BY_STATUS: dict[int, DeskhandError] = {
    400: InvalidInput("it does not take the request."),
    403: Denied("this account may not do that there."),
    404: NotFound("it is not there (any more)."),
    405: Denied("this address takes no such request; it may be another place than the calendar."),
    409: Conflict("something it belongs to is not there, or another event is in its place. Look again, then repeat."),
    410: NotFound("it is not there any more."),
    412: Conflict("it was changed in the meantime. Read it again and repeat the change."),
    413: LimitExceeded("it is larger than the server takes."),
    415: InvalidInput("the server does not take this kind of object."),
    423: Conflict("somebody else has locked it. Try again later."),
    501: Denied("the server cannot do that at all."),
    507: LimitExceeded("there is no room left on the calendar server."),
}


def conditions(answer: Answer) -> frozenset[str]:
    """The preconditions that did not hold, such as `D:valid-sync-token` (RFC 4918 §16); none where none is said."""
    try:
        root = parse_xml(answer.body, "the server") if answer.body[:200].lstrip().startswith(b"<") else None
    except Unavailable:
        return frozenset()
    return (
        frozenset(child.name for child in root.children) if root is not None and root.name == "D:error" else frozenset()
    )


def _not_signed_in(host: str, account: Account, answer: Answer) -> Unavailable:
    """As for mail servers: the account is wrong, not the request."""
    ways = answer.headers.get("WWW-Authenticate", "").lower()
    if "digest" in ways and "basic" not in ways and not account.oauth:
        return Unavailable(f"{host} takes digest authentication only. Switch it to Basic, over https, in its settings.")
    what, key = ("access token", "oauth") if account.oauth else ("user or password", "password")
    hint = next((hint for name, hint in _HINTS.items() if host == name or host.endswith(f".{name}")), "")
    advice = hint or f"Look at `user` and `{key}` of the account {account.name!r}."
    return Unavailable(f"{host} refused the {what}. {advice}")


def _wait(said: str | None) -> float | None:
    """Seconds, where they are said in seconds (RFC 9110 §10.2.3 allows a date, too)."""
    return min(float(said), _LONGEST_WAIT) if said and said.isascii() and said.isdigit() else None
