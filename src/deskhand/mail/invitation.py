"""Invitations and answers to them, by mail (iMIP, RFC 6047)."""

import re
from dataclasses import replace

from deskhand.errors import InvalidInput
from deskhand.mail.compose import Outgoing

METHODS = ("REQUEST", "CANCEL", "REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD", "PUBLISH")
"""What a calendar part can ask for (RFC 5546 §1.4)."""
MOST_CALENDAR = 500_000
"""Letters of a calendar text."""


def invitation(outgoing: Outgoing, calendar_text: str, method: str) -> Outgoing:
    """The mail with a calendar text: beside its text as `text/calendar` with the method, and attached as a file.

    Both forms are the same text, as calendars send it: Gmail, Outlook and Apple read the first, others open the second.

    Raises:
        InvalidInput: it is not a calendar, or not one with this method (RFC 6047 §2.4: both must say the same).
    """
    if method not in METHODS:
        raise InvalidInput(f"The method of an invitation is one of {', '.join(METHODS)}.")
    text = calendar_text.strip().replace("\r\n", "\n")
    unfolded = re.sub(r"\n[ \t]", "", text)
    if not unfolded.startswith("BEGIN:VCALENDAR\n") or not unfolded.endswith("\nEND:VCALENDAR"):
        raise InvalidInput("An invitation needs a calendar text: BEGIN:VCALENDAR … END:VCALENDAR.")
    if re.findall(r"^METHOD:(.*)$", unfolded, re.MULTILINE) != [method]:
        raise InvalidInput(f"The calendar text must say METHOD:{method}, once, as the mail around it does.")
    if len(text) > MOST_CALENDAR:
        raise InvalidInput(f"The calendar text has {len(text)} letters; {MOST_CALENDAR} are the most.")
    return replace(outgoing, calendar=text.replace("\n", "\r\n") + "\r\n", method=method)
