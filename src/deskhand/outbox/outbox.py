"""The outbox: proposing, deciding and performing acts."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex

import anyio
from anyio import to_thread
from pydantic import JsonValue

from deskhand.errors import Conflict, DeskhandError, InvalidInput, NotFound, Unavailable
from deskhand.outbox.act import Act, Attempt, Entry, NotDone, OutcomeUnknown, Performer, State, uri_of
from deskhand.outbox.record import digest_of, entry_of, key_from, row_of
from deskhand.store.database import Database
from deskhand.store.outbox_rows import OutboxRow, OutboxRows
from deskhand.store.personal import People, PersonalRows

logger = logging.getLogger(__name__)

SAME_MINUTES = 10
"""How long the same content without a key is the same act."""
WAITING_DAYS = 7
"""How long an act waits for the person."""
PERFORM_SECONDS = 240.0
LEASE_SECONDS = 300.0
"""After this, whoever claimed an act is taken for dead; longer than performing may take."""
KEY_CHARACTERS = 200
_OPEN = ("waiting", "failed")
_IN_HAND = ("claimed", "crossing")
_BEFORE: dict[State, State] = {"expired": "waiting", "failed": "claimed", "unknown": "crossing"}
"""What a row still says whose act has come into a state by time alone: see `_seen`."""
_PENDING = ("waiting", "claimed", "crossing", "unknown")
"""As long as it is in one of these states, the same content without a key is the same act, however old it is."""
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
        _check(key)
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

    async def count(self, subject: str, kind: str, account: str, since: datetime) -> int:
        """How many acts of a kind were, or may have been, performed of those proposed since then: for hourly limits."""
        states = ("claimed", "crossing", "done", "unknown")
        return await self._people.person(subject).read(
            lambda rows: OutboxRows(rows).count(kind, account, since.isoformat(), states)
        )

    async def deny(self, subject: str, key: str, reason: str = "") -> Entry:
        """The person said no.

        Raises:
            Conflict: it does not wait any more.
        """
        if not await self._move(subject, key, _OPEN, state="denied", error=reason, content=None):
            entry = await self.find(subject, key)
            raise Conflict(f"{entry.title}: this is {entry.state} and cannot be denied any more.")
        return await self.find(subject, key)

    async def perform(self, subject: str, key: str, performer: Performer) -> Entry:
        """Perform an act that waits, or failed before; the entry as it is then. Only one of several callers does it.

        An unknown outcome is looked into first. What is done, denied or in somebody else's hands stays as it is.

        Raises:
            DeskhandError: it failed, and nothing was done.
        """
        entry = await self.find(subject, key)
        if entry.state == "unknown":
            return await self.resolve(subject, key, performer)
        claim = token_hex(8)
        if not await self._move(subject, key, _OPEN, state="claimed", claim=claim, error=""):
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
        content, state = (None, "done") if happened else (entry.content, "failed")
        if not await self._move(subject, key, ("unknown",), state=state, content=content):
            entry = await self.find(subject, key)
            raise Conflict(f"{entry.title}: its outcome is not unknown, it is {entry.state}.")
        return await self.find(subject, key)

    def _attempt(self, subject: str, key: str, claim: str) -> Attempt:
        return Attempt(
            lambda: self._move(subject, key, ("claimed",), by=claim, state="crossing"),
            lambda result: self._done(subject, key, result, _PERFORMED, by=claim),
        )

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
            lambda rows: OutboxRows(rows).move(key, states, by=by, changed=changed, **values)
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


def _check(key: str) -> None:
    if len(key) > KEY_CHARACTERS or not key.isprintable() or key != key.strip() or "/" in key:
        raise InvalidInput(
            f"idempotency_key must be printable, without slashes or outer spaces, and at most {KEY_CHARACTERS} "
            "characters long; a UUID is best."
        )


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
