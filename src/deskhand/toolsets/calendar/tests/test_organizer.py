"""Whose mail changes an event."""

import pytest

from deskhand.errors import Denied
from deskhand.toolsets.calendar.ics import read
from deskhand.toolsets.calendar.tests.test_foreign import calendar_of
from deskhand.toolsets.calendar.updating_subject import check_organizer


def test_only_its_organizer_changes_an_event_by_mail() -> None:
    known = calendar_of("DTSTART:20260302T100000Z\nORGANIZER:mailto:ann@example.org")
    check_organizer(known, read(known), "ann@example.org")
    for sender in ("eve@example.org", ""):
        with pytest.raises(Denied, match="organized by ann"):
            check_organizer(known, read(known), sender)
