"""Invitations made, and answers taken in."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from deskhand.errors import InvalidInput, LimitExceeded, NotFound
from deskhand.toolsets.calendar.edit import Change, change, respond
from deskhand.toolsets.calendar.ics import events_of, read, values, write
from deskhand.toolsets.calendar.itip import MAX_MESSAGE, apply_reply, cancellation, read_itip, reply, request, status_of
from deskhand.toolsets.calendar.moment import read_moment
from deskhand.toolsets.calendar.occurrences import expand
from deskhand.toolsets.calendar.tests.series import BERLIN, EVER, at, series

SECOND = "2026-06-02T10:00"


def meeting() -> Calendar:
    return series("2026-06-01T10:00", "2026-06-01T11:00", "FREQ=DAILY;COUNT=3")


def answered(status: str, occurrence: str = "", *, day: int = 2) -> str:
    """Bob's answer to the meeting as his program would send it, on that day of January."""
    theirs = read(request(at(meeting())))
    target = replace(at(theirs, occurrence), now=datetime(2026, 1, day, tzinfo=UTC))
    scope = "this" if occurrence else "all"
    respond(target, scope, "bob@example.org", status)  # pyright: ignore[reportArgumentType]
    return reply(target, "bob@example.org")


def test_an_invitation_holds_the_event_its_zone_and_no_alarm() -> None:
    text = request(at(meeting()))
    assert "METHOD:REQUEST\r\n" in text
    assert "TZID:Europe/Berlin\r\n" in text
    assert "ORGANIZER;CN=Ann:mailto:ann@example.org" in text
    assert "VALARM" not in text
    assert expand(read(text), EVER).events[0].start_text() == "2026-06-01T10:00:00+02:00 Europe/Berlin"


def test_an_invitation_to_one_occurrence_holds_it_alone() -> None:
    calendar = meeting()
    text = request(at(calendar, SECOND))
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20260602T100000" in text
    assert len(events_of(read(text))) == 1
    assert len(events_of(calendar)) == 1


def test_what_a_client_and_its_server_agreed_on_is_not_sent_to_others() -> None:
    calendar = meeting()
    for event in events_of(calendar):
        for value in (*values(event, "ORGANIZER"), *values(event, "ATTENDEE")):
            value.params["SCHEDULE-AGENT"] = "CLIENT"
    assert "SCHEDULE-" in write(calendar)
    assert "SCHEDULE-" not in request(at(calendar)) + cancellation(at(calendar))


def test_an_answer_is_taken_in() -> None:
    calendar = meeting()
    applied = apply_reply(at(calendar), read_itip(answered("accepted")), "bob@example.org")
    assert applied.changed
    assert status_of(at(calendar), "bob@example.org") == "accepted"
    assert status_of(at(calendar), "cleo@example.org") == "needs-action"


def test_an_answer_to_one_occurrence_is_for_it_alone() -> None:
    calendar = meeting()
    applied = apply_reply(at(calendar), read_itip(answered("declined", SECOND)), "bob@example.org")
    assert applied.changed
    statuses = [event.attendees[0].status for event in expand(calendar, EVER).events]
    assert statuses == ["needs-action", "declined", "needs-action"]


def test_the_same_answer_again_changes_nothing() -> None:
    calendar = meeting()
    incoming = read_itip(answered("accepted"))
    apply_reply(at(calendar), incoming, "bob@example.org")
    again = apply_reply(at(calendar), incoming, "bob@example.org")
    assert (again.changed, again.why) == (False, "The answer was known already.")


def test_an_older_answer_that_comes_late_does_not_count() -> None:
    calendar = meeting()
    target = replace(at(calendar), now=datetime(2026, 2, 1, tzinfo=UTC))
    apply_reply(target, read_itip(answered("accepted", day=5)), "bob@example.org")
    late = apply_reply(target, read_itip(answered("declined", day=4)), "bob@example.org")
    assert (late.changed, late.why) == (False, "A newer answer is known.")
    assert status_of(at(calendar), "bob@example.org") == "accepted"


def test_an_answer_from_the_future_does_not_outlast_later_ones() -> None:
    calendar = meeting()
    target = replace(at(calendar), now=datetime(2026, 2, 1, tzinfo=UTC))
    forged = re.sub(r"DTSTAMP:\w+", "DTSTAMP:99990101T000000Z", answered("declined"))
    assert apply_reply(target, read_itip(forged), "bob@example.org").changed
    later = replace(target, now=datetime(2026, 3, 1, tzinfo=UTC))
    own = re.sub(r"DTSTAMP:\w+", "DTSTAMP:20260215T000000Z", answered("accepted"))
    assert apply_reply(later, read_itip(own), "bob@example.org").changed


def test_an_answer_to_a_state_that_never_was_does_not_count() -> None:
    calendar = meeting()
    ahead = re.sub(r"SEQUENCE:\d+", "SEQUENCE:999999", answered("declined"))
    applied = apply_reply(at(calendar), read_itip(ahead), "bob@example.org")
    assert (applied.changed, applied.why) == (False, "It answers a state of the event that there has not been.")


@pytest.mark.parametrize("named", ["99991231T235959Z", "00010101T000000Z"])
def test_an_answer_to_an_occurrence_that_cannot_be_is_no_answer(named: str) -> None:
    text = re.sub(r"RECURRENCE-ID[^\r]*", f"RECURRENCE-ID:{named}", answered("declined", SECOND))
    assert not apply_reply(at(meeting()), read_itip(text), "bob@example.org").changed


def test_a_message_of_any_length_is_not_read() -> None:
    with pytest.raises(LimitExceeded):
        read_itip(answered("accepted") + " " * MAX_MESSAGE)


def test_an_answer_to_an_older_state_does_not_count() -> None:
    calendar = meeting()
    change(at(calendar), "all", Change(start=read_moment("2026-06-01T12:00", BERLIN)))
    applied = apply_reply(at(calendar), read_itip(answered("accepted")), "bob@example.org")
    assert (applied.changed, applied.why) == (False, "It answers an older state of the event.")


@pytest.mark.parametrize("sender", ["eve@example.org", "cleo@example.org", ""])
def test_nobody_answers_for_another(sender: str) -> None:
    calendar = meeting()
    applied = apply_reply(at(calendar), read_itip(answered("accepted")), sender)
    assert not applied.changed
    assert "does not answer for themselves" in applied.why
    assert status_of(at(calendar), "bob@example.org") == "needs-action"


def test_who_was_not_invited_is_not_added() -> None:
    calendar = meeting()
    text = answered("accepted").replace("bob@example.org", "eve@example.org")
    applied = apply_reply(at(calendar), read_itip(text), "eve@example.org")
    assert (applied.changed, applied.why) == (False, "eve@example.org is not invited.")


def test_an_answer_to_no_occurrence_changes_nothing() -> None:
    text = answered("accepted", SECOND).replace("20260602T100000", "20260602T103000")
    calendar = meeting()
    applied = apply_reply(at(calendar), read_itip(text), "bob@example.org")
    assert not applied.changed
    assert "no occurrence" in applied.why


def test_an_answer_to_another_event_changes_nothing() -> None:
    text = answered("accepted").replace("UID:u1", "UID:u9")
    assert apply_reply(at(meeting()), read_itip(text), "bob@example.org").why == "It answers another event."


def test_a_request_is_no_answer() -> None:
    applied = apply_reply(at(meeting()), read_itip(request(at(meeting()))), "bob@example.org")
    assert "REQUEST" in applied.why


def test_an_answer_names_its_sender_alone() -> None:
    text = answered("tentative")
    assert "METHOD:REPLY" in text
    assert "PARTSTAT=TENTATIVE" in text
    assert "cleo@example.org" not in text


def test_who_is_not_invited_has_no_answer_to_send() -> None:
    with pytest.raises(NotFound):
        reply(at(meeting()), "eve@example.org")


def test_a_cancellation_cancels_with_a_new_sequence() -> None:
    text = cancellation(at(meeting()))
    assert "METHOD:CANCEL" in text
    assert "STATUS:CANCELLED" in text
    assert "SEQUENCE:1" in text


def test_one_attendee_is_taken_off_without_cancelling_the_meeting_for_the_rest() -> None:
    text = cancellation(at(meeting()), ["bob@example.org"])
    assert "bob@example.org" in text
    assert "cleo@example.org" not in text
    assert "STATUS:CANCELLED" not in text


@pytest.mark.parametrize(
    "text",
    ["BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n", "nothing"],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_itip(text)
