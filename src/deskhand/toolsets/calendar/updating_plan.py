"""What a change, a cancellation or an answer comes to: the objects to write, and who is told of it how."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from deskhand.toolsets.calendar.edit import Change, cancel, change, respond
from deskhand.toolsets.calendar.event import Event, Scope, Status
from deskhand.toolsets.calendar.ics import events_of, text_of, write
from deskhand.toolsets.calendar.inviting_plan import Notice, Step
from deskhand.toolsets.calendar.inviting_text import mail_text, subject_of
from deskhand.toolsets.calendar.itip import cancellation, reply, request
from deskhand.toolsets.calendar.one_of_series import Target
from deskhand.toolsets.calendar.reading import event_of
from deskhand.toolsets.calendar.updating_subject import Subject, event_at


@dataclass(frozen=True, slots=True)
class Worked:
    """The steps and notices of an edit, and the event after it."""

    steps: tuple[Step, ...]
    notices: tuple[Notice, ...]
    event: Event


def changed(about: Subject, scope: Scope, wanted: Change, *, new_uid: str, own: Collection[str]) -> Worked:
    """Change it: the attendees get a REQUEST, those who are left out a CANCEL.

    Raises:
        InvalidInput: it cannot be changed so.
        NotFound: there is no such occurrence.
    """
    stored, named = about.stored, about.named if scope == "this" else None
    edited = change(about.target(), scope, wanted, new_uid=new_uid)
    steps = [Step(stored.uid, write(edited.calendar), stored.etag)]
    after = Target(edited.calendar, stored.uid, named, about.zone, about.now)
    notices = _requests(after, "UPDATE", own)
    if edited.tail is not None:
        tail = Target(edited.tail, new_uid, None, about.zone, about.now)
        steps.insert(0, Step(new_uid, write(edited.tail)))  # first: nothing is lost if the other is refused
        notices += _requests(tail, "UPDATE", own)
        after = tail
    before = about.target(whole=scope != "this")
    event = event_at(after, stored.calendar)
    left = _invited(before, own) - _invited(after, own)
    if left:
        text = cancellation(before, left)
        notices.append(
            Notice(tuple(sorted(left)), subject_of("CANCEL", event), mail_text("CANCEL", event), text, "CANCEL")
        )
    return Worked(tuple(steps), tuple(notices), event)


def cancelled(about: Subject, scope: Scope, own: Collection[str]) -> Worked:
    """Cancel it: the attendees get a CANCEL, or a REQUEST of the shortened series.

    Raises:
        NotFound: there is no such occurrence.
    """
    stored, before = about.stored, about.target(whole=scope == "all")
    event = event_at(before, stored.calendar)
    if scope == "following":
        event = replace(event, recurrence_id=None)  # what is said is of all from there on
    edited = cancel(about.target(), scope)
    over = all(text_of(each, "STATUS") == "CANCELLED" for each in events_of(edited.calendar))
    step = Step(stored.uid, "" if over else write(edited.calendar), stored.etag)
    if scope == "following" and not over:
        after = Target(edited.calendar, stored.uid, None, about.zone, about.now)
        return Worked((step,), tuple(_requests(after, "UPDATE", own)), event)
    whole = about.target(whole=True) if over else before
    to = tuple(sorted(_invited(before, own)))
    notice = Notice(to, subject_of("CANCEL", event), mail_text("CANCEL", event), cancellation(whole), "CANCEL")
    return Worked((step,), (notice,) if to else (), event)


def answered(about: Subject, scope: Scope, email: str, status: Status) -> Worked:
    """Answer it: the organizer, and nobody else, gets a REPLY.

    Raises:
        InvalidInput: an answer is for one occurrence or for all.
        NotFound: the person is not invited.
    """
    target, stored = about.target(whole=scope == "all"), about.stored
    edited = respond(target, scope, email, status)
    after = Target(edited.calendar, stored.uid, target.recurrence_id, about.zone, about.now)
    event = event_at(after, stored.calendar)
    to = (event.organizer.email,) if event.organizer else ()
    notice = Notice(to, subject_of(status, event), mail_text(status, event), reply(after, email), "REPLY")
    return Worked((Step(stored.uid, write(edited.calendar), stored.etag),), (notice,), event)


def _requests(target: Target, kind: str, own: Collection[str]) -> list[Notice]:
    to = tuple(sorted(_invited(target, own)))
    if not to:
        return []
    event = event_at(target, "")
    return [Notice(to, subject_of(kind, event), mail_text(kind, event), request(target), "REQUEST")]


def _invited(target: Target, own: Collection[str]) -> set[str]:
    """Everybody asked to come, to the series or to some occurrence of it, but the person."""
    exception = target.exception() if target.recurrence_id is not None and target.recurring else None
    components = [exception] if exception is not None else target.components
    events: Sequence[Event] = [event_of(each, target.zones) for each in components]
    return {attendee.email for event in events for attendee in event.attendees} - set(own)
