"""The ladder a meeting climbs: put down, asked about where it must be, done once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from anyio import to_thread
from pydantic import JsonValue

from deskhand.errors import Unavailable
from deskhand.mail.accounts import Accounts
from deskhand.mail.post import Post
from deskhand.outbox.act import Act, Entry, Limit
from deskhand.outbox.outbox import Outbox
from deskhand.toolsets.calendar.event import Event
from deskhand.toolsets.calendar.finding_places import Places
from deskhand.toolsets.calendar.inviting import MEETING, UPDATE, MeetingPerformer
from deskhand.toolsets.calendar.inviting_plan import Plan
from deskhand.toolsets.calendar.inviting_text import preview_of
from deskhand.toolsets.calendar.itip import Method
from deskhand.toolsets.calendar.results import Meeting, State
from deskhand.visible import visible, visible_line

PREVIEW = "preview"
"""The key that a plan is made for before it has one."""
_STATES: dict[str, State] = {
    "waiting": "waiting",
    "failed": "waiting",
    "claimed": "doing",
    "crossing": "doing",
    "done": "done",
    "unknown": "unknown",
    "denied": "denied",
    "expired": "expired",
}


@dataclass(frozen=True, slots=True)
class Intent:
    """What is wanted, ready to be put down.

    `make` gives the plan for a key; `head` is the first line of the preview, `done` what is said when it is done.
    `told` are the addresses that hear of it, also where a server writes to them itself.
    """

    kind: str
    head: str
    done: str
    event: Event
    make: Callable[[str], Plan]
    sameness: str
    told: Sequence[str] = ()
    conflicts: Sequence[str] = ()
    notes: Sequence[str] = ()
    fingerprint: str = ""
    target: str = ""
    """What the caller named it by; with `fingerprint`, how an act is found again that was asked for twice."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A row of the outbox, or for a preview, or where nothing is to be done, only what is told."""

    entry: Entry | None = None
    told: Meeting | None = None
    must_ask: bool = False
    """Whether the person has to agree before it is done."""


class Ladder:
    """Puts meetings into the outbox and performs them."""

    def __init__(
        self, places: Places, accounts: Accounts, post: Post, outbox: Outbox, performer: MeetingPerformer
    ) -> None:
        self._places = places
        self._accounts = accounts
        self._post = post
        self.outbox = outbox
        self._performer = performer

    async def propose(self, subject: str, intent: Intent, *, key: str, dry_run: bool) -> Proposed:
        """Put it down, or find it if it was before; with `dry_run` nothing is written.

        Raises:
            Conflict: the key was used for something else.
        """
        plan = await to_thread.run_sync(intent.make, PREVIEW)
        preview = preview_of(intent.head, intent.event, _mails(plan), (*_clashes(intent.conflicts), *intent.notes))
        if dry_run:
            return Proposed(told=_previewed(intent, preview))
        event = intent.event
        payload: dict[str, JsonValue] = {
            "calendar": plan.calendar,
            "mail": plan.account,
            "told": list(intent.told),
            "title": event.title,
            "start": event.start_text(),
            "end": event.last_text(),
            "conflicts": list(intent.conflicts),
            "notes": list(intent.notes),
            "done": intent.done,
            "fingerprint": intent.fingerprint,
            "target": intent.target,
        }
        title = f"{intent.head}: {visible_line(event.title)[:120]}, {event.start_text()}"
        act = Act(intent.kind, title, preview, plan.account, payload, sameness=intent.sameness)
        return await self.proposed(
            await self.outbox.propose(subject, act, key=key, freeze=lambda minted: intent.make(minted).dump())
        )

    async def proposed(self, entry: Entry) -> Proposed:
        """A row that is known, with whether the person has to be asked."""
        passes = entry.state in ("waiting", "failed") and await self._passes(entry)
        return Proposed(entry, must_ask=await self.outbox.must_ask(entry, passes=passes))

    async def is_stale(self, subject: str, key: str) -> bool:
        """Whether what a failed act wanted to change is not any more as it was: then it is to be proposed anew."""
        return await self._performer.is_stale(await self.outbox.find(subject, key))

    async def climb(self, subject: str, proposed: Proposed, answer: bool | None) -> Meeting:
        """Do what the person said: True to do it, False not to; None is no answer, so that it waits.

        Raises:
            DeskhandError: it was not done, and why.
        """
        if proposed.entry is None:
            return cast("Meeting", proposed.told)
        entry = proposed.entry
        is_open = entry.state in ("waiting", "failed")
        if is_open and answer is False:  # whatever has changed since the question was put
            return _told(await self.outbox.deny(subject, entry.key, "The person said no."))
        if is_open and proposed.must_ask and answer is None:
            return _told(entry)
        if entry.state in ("waiting", "failed", "unknown"):
            limit = None if answer else self._limit(entry)
            entry = await self.outbox.perform(subject, entry.key, self._performer, limit=limit)
        if entry.state == "failed":
            raise Unavailable(f"{visible_line(entry.title)}: not done: {visible(entry.error)} Try again.")
        return _told(entry)

    async def _passes(self, entry: Entry) -> bool:
        calendar, told = str(entry.payload["calendar"]), _texts(entry.payload["told"])
        account = self._accounts.named(entry.subject, str(entry.payload["mail"]))
        if not told or account.is_local:
            return self._places.is_local(calendar)
        limit = self._limit(entry)
        reached = limit is not None and await self.outbox.is_reached(entry.subject, limit)
        return not reached and await self._post.may_pass(entry.subject, account, told)

    def _limit(self, entry: Entry) -> Limit | None:
        """How many meetings and mails others may hear of in an hour unasked; none where nobody hears of it."""
        account = self._accounts.named(entry.subject, str(entry.payload["mail"]))
        silent = account.is_local or not _texts(entry.payload["told"])
        return None if silent else self._post.limit(account, MEETING, UPDATE)


def _mails(plan: Plan) -> list[tuple[Method, Sequence[str]]]:
    return [(notice.method, notice.to) for notice in plan.notices]


def _clashes(conflicts: Sequence[str]) -> list[str]:
    return [f"at the same time: {each}" for each in conflicts]


def _previewed(intent: Intent, preview: str) -> Meeting:
    event = intent.event
    return Meeting(
        state="preview",
        note="Nothing was done, nothing is kept: this is what would be done.",
        title=visible_line(event.title),
        start=event.start_text(),
        end=event.last_text(),
        calendar=event.calendar,
        told=tuple(intent.told),
        conflicts=tuple(intent.conflicts),
        notes=tuple(intent.notes),
        preview=preview,
    )


def _told(entry: Entry) -> Meeting:
    payload, result = entry.payload, entry.result
    state = _STATES.get(entry.state, "waiting")
    local = bool(result.get("local_only"))
    meeting = Meeting(
        state=state,
        note=_note(entry, state, local),
        id=str(result.get("id", "")),
        uri=str(result.get("uri", "")),
        title=visible_line(str(payload["title"])),
        start=str(payload["start"]),
        end=str(payload["end"]),
        calendar=str(payload["calendar"]),
        told=_texts(payload["told"]),
        local_only=local,
        conflicts=_texts(payload["conflicts"]),
        notes=_texts(payload["notes"]),
        mails=_texts(result.get("mails")),
        outbox=entry.uri,
    )
    return meeting if state == "done" else meeting.model_copy(update={"preview": visible(entry.preview)})


def _note(entry: Entry, state: State, local: bool) -> str:
    title, key = visible_line(entry.title), entry.key
    if state == "done":
        told = str(entry.payload["done"])
        more = visible(str(entry.result.get("note", "")))
        here = ""
        if local:
            here = " It is kept on this machine (local only): nothing left it."
            here += " The mails about it lie in Sent." if entry.result.get("mails") else ""
        return f"{told}{here} {more}".rstrip()
    words: Mapping[State, str] = {
        "waiting": f"not done yet: it waits for the person, who decides with: deskhand approve {key}. "
        f"Do not propose it again; {entry.uri} tells its state.",
        "denied": f"not done: the person said no. {visible(entry.error)}".rstrip() + " Ask what to change.",
        "unknown": "it is not known whether the calendar took it. Do not make it anew. The same call looks, and "
        f"deskhand approve {key} lets the person say what happened.",
        "doing": f"being done at this moment. {entry.uri} tells its state.",
        "expired": "not done: nobody agreed to it in time. Call again with another idempotency_key.",
    }
    return f"{title}: {words[state]}"


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
