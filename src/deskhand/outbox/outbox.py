"""The outbox: proposing, deciding and performing acts."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex

import anyio
from anyio import to_thread
from pydantic import JsonValue

from deskhand.errors import Conflict, DeskhandError, NotFound, Unavailable
from deskhand.outbox.act import Act, Attempt, Entry, Limit, NotDone, OutcomeUnknown, Performer, State, uri_of
from deskhand.outbox.record import KEY_CHARACTERS, check_key, digest_of, entry_of, key_from, row_of
from deskhand.store.database import Database
from deskhand.store.outbox_rows import OutboxRow, OutboxRows
from deskhand.store.personal import People, PersonalRows

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
SAME_MINUTES = 10
"""How long the same content without a key is the same act."""
WAITING_DAYS = 7
"""How long an act waits for the person."""
PERFORM_SECONDS = 240.0
LEASE_SECONDS = 300.0
"""After this, whoever claimed an act is taken for dead; longer than performing may take."""
_OPEN = ("waiting", "failed")
_IN_HAND = ("claimed", "crossing")
_BEFORE: dict[State, State] = {"expired": "waiting", "failed": "claimed", "unknown": "crossing"}
"""What a row still says whose act has come into a state by time alone: see `_seen`."""
_PENDING = ("waiting", "claimed", "crossing", "unknown")
"""As long as it is in one of these states, the same content without a key is the same act, however old it is."""
_COUNTED = ("claimed", "crossing", "done", "unknown")
"""What was performed, is being performed, or may have been: it counts for limits."""
SETTLED = "you said that it was done"
"""The answer of an act whose outcome was unknown until the person told it."""
_PERFORMED = ("claimed", "crossing", "unknown", "done")
"""What an attempt that succeeds may find its own act in: it was slow, or has said already that it happened."""


class Outbox:
    """The outbox of every person; each method sees only that of the `subject` it is given.

    `announce` is called with the subject and the URI of an act that this process moved to another state.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        announce: Callable[[str, str], None] = lambda subject, uri: None,
    ) -> None:
        self._people = People(database)
        self._now = now
        self._announce = announce

    async def propose(
        self, subject: str, act: Act, *, key: str = "", freeze: Callable[[str], bytes] | None = None
    ) -> Entry:
        """Put the act down, waiting; or find it, in whatever state it is, if it was proposed before.

        `freeze` makes the content out of the key, in a thread, where the one depends on the other (a Message-ID); then
        `act.sameness` says what is the same.

        Raises:
            Conflict: the key was used for other content.
            InvalidInput: the key cannot be used.
        """
        check_key(key)
        digest, now = digest_of(act), self._now()
        minted = key or key_from(digest, now)
        frozen = act if freeze is None else replace(act, content=await to_thread.run_sync(freeze, minted))

        def work(rows: PersonalRows) -> OutboxRow:
            box = OutboxRows(rows)
            known = self._current(box, box.find(key) if key else box.newest_like(digest))
            if known is not None and (key or self._is_same(known, now)):
                if known.digest != digest:
                    raise Conflict(
                        f"The idempotency_key {key!r} was used for something else: {known.title}. Choose another key."
                    )
                return known
            row = row_of(frozen, minted, digest, now)
            box.add(row)
            return row

        return entry_of(await self._people.person(subject).write(work), subject)

    async def find(self, subject: str, key: str) -> Entry:
        """The act with this key.

        Raises:
            NotFound: there is none.
        """

        def work(rows: PersonalRows) -> OutboxRow | None:
            box = OutboxRows(rows)
            return self._current(box, box.find(key))

        person = self._people.person(subject)
        row = await person.read(lambda rows: OutboxRows(rows).find(key))
        if row is not None and self._is_overdue(row):
            row = await person.write(work)
        if row is None:
            raise NotFound(f"There is nothing in the outbox under {key[:KEY_CHARACTERS]!r}. `deskhand approve` lists.")
        return entry_of(row, subject)

    async def newest(self, subject: str, *, states: Sequence[State] = (), limit: int = 50) -> list[Entry]:
        """Acts, newest first; of all states, or of these. The content is left out."""
        stored = (*states, *(_BEFORE[state] for state in states if state in _BEFORE))
        rows = await self._people.person(subject).read(lambda rows: OutboxRows(rows).newest(limit, stored))
        found = [entry_of(self._seen(row), subject) for row in rows]
        return [entry for entry in found if not states or entry.state in states]

    async def is_reached(self, subject: str, limit: Limit) -> bool:
        """Whether as many acts as the limit allows happened in the last hour, or may have."""
        return await self._people.person(subject).read(lambda rows: self._reached(OutboxRows(rows), limit))

    async def must_ask(self, entry: Entry, *, passes: bool) -> bool:
        """Whether the person decides about it; `passes` says whether it may happen unasked as things stand now.

        It is put down: what needed a yes once needs it in the repeated call too, so that no answer is passed over
        because a limit ended between the question and the answer.
        """
        if entry.state not in _OPEN or (passes and not entry.asks):
            return False
        if not entry.asks:
            await self._people.person(entry.subject).write(
                lambda rows: OutboxRows(rows).move(entry.key, _OPEN, asks=True)
            )
        return True

    async def deny(self, subject: str, key: str, reason: str = "") -> Entry:
        """The person said no.

        Raises:
            Conflict: it does not wait any more.
        """
        if not await self._move(subject, key, _OPEN, state="denied", error=reason, content=None):
            entry = await self.find(subject, key)
            raise Conflict(f"{entry.title}: this is {entry.state} and cannot be denied any more.")
        return await self.find(subject, key)

    async def perform(self, subject: str, key: str, performer: Performer, *, limit: Limit | None = None) -> Entry:
        """Perform an act that waits, or failed before; the entry as it is then. Only one of several callers does it.

        An unknown outcome is looked into first. What is done, denied or in somebody else's hands stays as it is. With a
        `limit` nobody has said yes: what is beyond it, or needs a yes, goes on waiting.

        Raises:
            DeskhandError: it failed, and nothing was done.
        """
        entry = await self.find(subject, key)
        if entry.state == "unknown":
            return await self.resolve(subject, key, performer)
        claim = token_hex(8)
        if not await self._claim(subject, key, claim, limit):
            return await self.find(subject, key)
        attempt = self._attempt(subject, key, claim)
        try:
            with anyio.fail_after(PERFORM_SECONDS):
                result = await performer.perform(entry, attempt)
        except BaseException as error:
            await self._ended(entry, claim, attempt, error)
            return await self.find(subject, key)
        with anyio.CancelScope(shield=True):
            await self._done(subject, key, result, _PERFORMED, by=claim)
        return await self.find(subject, key)

    async def resolve(self, subject: str, key: str, performer: Performer) -> Entry:
        """Look whether an act with an unknown outcome happened; it stays unknown where no trace is found."""
        entry = await self.find(subject, key)
        if entry.state == "unknown":
            found = await performer.look(entry)
            if found is not None:
                await self._done(subject, key, found, ("unknown",))
        return await self.find(subject, key)

    async def settle(self, subject: str, key: str, *, happened: bool) -> Entry:
        """The person says whether an act with an unknown outcome happened; if not, it can be performed again.

        Raises:
            Conflict: its outcome is not unknown.
        """
        entry = await self.find(subject, key)
        told = json.dumps({"answer": SETTLED, "sent": entry.changed.isoformat(timespec="seconds")})
        move = partial(self._move, subject, key, ("unknown",))
        moved = move(state="done", content=None, result=told) if happened else move(state="failed")
        if not await moved:
            entry = await self.find(subject, key)
            raise Conflict(f"{entry.title}: its outcome is not unknown, it is {entry.state}.")
        return await self.find(subject, key)

    def _attempt(self, subject: str, key: str, claim: str) -> Attempt:
        return Attempt(
            lambda: self._move(subject, key, ("claimed",), by=claim, state="crossing"),
            lambda result: self._done(subject, key, result, _PERFORMED, by=claim),
        )

    async def _claim(self, subject: str, key: str, claim: str, limit: Limit | None) -> bool:
        """Take it in hand; the limit is counted in the same transaction, so that no two count each other out."""
        changed = self._now().isoformat()

        def work(rows: PersonalRows) -> bool:
            box = OutboxRows(rows)
            if limit is not None and self._reached(box, limit):
                box.move(key, _OPEN, asks=True, error=f"Only {limit.hourly} in an hour go without the person's yes.")
                return False
            take = partial(box.move, key, _OPEN, unasked=limit is not None)
            return take(state="claimed", claim=claim, error="", changed=changed)

        claimed = await self._people.person(subject).write(work)
        if claimed:
            self._announce(subject, uri_of(key))
        return claimed

    def _reached(self, box: OutboxRows, limit: Limit) -> bool:
        since = (self._now() - HOUR).isoformat()
        return box.count(limit.kinds, limit.account, since, _COUNTED) >= limit.hourly

    async def _ended(self, entry: Entry, claim: str, attempt: Attempt, error: BaseException) -> None:
        """Put down how an attempt broke off, and raise what the caller is to hear of it."""
        nothing = isinstance(error, NotDone)
        unknown = not nothing and (attempt.crossed or isinstance(error, OutcomeUnknown))
        with anyio.CancelScope(shield=True):  # a row that is done already is not touched
            state: State = "unknown" if unknown else "failed"
            await self._move(entry.subject, entry.key, _IN_HAND, by=claim, state=state, error=_told(error))
        if (unknown or attempt.is_done) and isinstance(error, Exception):
            end = "is done, but not what follows it" if attempt.is_done else "has an unknown outcome"
            logger.warning("the act %s %s: %s", entry.key, end, _told(error))
            return
        if isinstance(error, NotDone):
            raise error.error from error
        if isinstance(error, TimeoutError):
            raise Unavailable(f"{entry.title}: this took too long. Nothing was done; try again.") from error
        raise error

    async def _move(self, subject: str, key: str, states: tuple[str, ...], *, by: str = "", **values: object) -> bool:
        changed = self._now().isoformat()
        moved = await self._people.person(subject).write(
            lambda rows: OutboxRows(rows).move(key, states, by=by, unasked=False, changed=changed, **values)
        )
        if moved:
            self._announce(subject, uri_of(key))
        return moved

    async def _done(
        self, subject: str, key: str, result: Mapping[str, JsonValue], states: tuple[str, ...], *, by: str = ""
    ) -> None:
        told = json.dumps(dict(result), ensure_ascii=False)
        await self._move(subject, key, states, by=by, state="done", result=told, content=None, error="")

    def _is_same(self, row: OutboxRow, now: datetime) -> bool:
        recent = datetime.fromisoformat(row.changed) > now - timedelta(minutes=SAME_MINUTES)
        return recent or row.state in _PENDING

    def _is_overdue(self, row: OutboxRow) -> bool:
        return self._seen(row).state != row.state

    def _seen(self, row: OutboxRow) -> OutboxRow:
        """The row as time has made it: what nobody decided is over, what a dead process left is failed or unknown."""
        age = self._now() - datetime.fromisoformat(row.changed)
        if row.state == "waiting" and age > timedelta(days=WAITING_DAYS):
            return replace(row, state="expired", error="Nobody decided in time.")
        if row.state in _IN_HAND and age > timedelta(seconds=LEASE_SECONDS):
            state = "failed" if row.state == "claimed" else "unknown"
            return replace(row, state=state, error="The program that was doing it stopped.")
        return row

    def _current(self, box: OutboxRows, row: OutboxRow | None) -> OutboxRow | None:
        if row is None or not self._is_overdue(row):
            return row
        seen = self._seen(row)
        box.move(row.key, (row.state,), by=row.claim, state=seen.state, error=seen.error)
        return seen


def _told(error: BaseException) -> str:
    if isinstance(error, NotDone):
        return error.error.message
    if isinstance(error, DeskhandError):
        return error.message
    if isinstance(error, OutcomeUnknown) and str(error):
        return str(error)
    if isinstance(error, TimeoutError):
        return "It took too long."
    return "It was cancelled." if isinstance(error, anyio.get_cancelled_exc_class()) else type(error).__name__
