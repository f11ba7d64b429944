"""Acts of the outbox as the activity page shows them, and what the person decides about them there."""

import time
from dataclasses import dataclass
from hashlib import sha256

from deskhand.audit import AuditEntry
from deskhand.errors import Conflict, Denied, DeskhandError
from deskhand.outbox.act import Entry, State
from deskhand.outbox.deciding import Choice, decide, is_open
from deskhand.principal import Principal
from deskhand.server.build import DeskhandServer
from deskhand.visible import visible_line
from deskhand.web.presence import Level

WORDS: dict[State, tuple[str, Level]] = {
    "waiting": ("waits for you", "warn"),
    "claimed": ("being done", "quiet"),
    "crossing": ("being done", "quiet"),
    "done": ("done", "ok"),
    "failed": ("failed", "bad"),
    "unknown": ("outcome unknown", "bad"),
    "denied": ("refused", "quiet"),
    "expired": ("expired", "quiet"),
}
"""What a person reads for a state, and how it is marked."""
_NEXT: dict[State, str] = {
    "done": "There is nothing left to decide.",
    "denied": "Let the assistant propose it again, if you think otherwise now.",
    "expired": "Let the assistant propose it again.",
    "claimed": "It is being done right now.",
    "crossing": "It is being done right now.",
    "unknown": "Find out whether it happened, and say so.",
    "waiting": "Approve or deny it.",
    "failed": "Approve it again, or deny it.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One act, and whether who looks may decide about it."""

    entry: Entry
    needed: str
    """The scope that they lack; empty if they may."""

    @property
    def id(self) -> str:
        """Of its element: a page that is drawn anew keeps each act's own buttons, and what was typed beside them."""
        return f"act-{sha256(self.entry.key.encode('utf-8', 'replace')).hexdigest()[:16]}"

    @property
    def words(self) -> tuple[str, Level]:
        """Its state."""
        return WORDS[self.entry.state]

    @property
    def note(self) -> str:
        """What whoever performed it had to say."""
        return str(self.entry.result.get("note") or self.entry.result.get("answer") or "")

    def can(self, choice: Choice) -> bool:
        """Whether this can be decided here and now."""
        return not self.needed and is_open(self.entry, choice)


def shown(server: DeskhandServer, principal: Principal, entry: Entry) -> Shown:
    """An act for who looks at it."""
    may = server.area.decided_by(principal, entry)
    return Shown(entry, "" if may else server.area.needed(entry))


async def found(server: DeskhandServer, principal: Principal, key: str) -> Entry:
    """The act of this key.

    Raises:
        NotFound: this principal has none.
        Denied: the token they came with may not read such acts.
    """
    entry = await server.outbox.find(principal.subject, key)
    if not server.area.open_to(principal, entry):
        raise Denied(f"To see this takes a token with the scope {server.area.needed(entry).partition(':')[0]}:read.")
    return entry


async def decided(
    server: DeskhandServer, principal: Principal, key: str, choice: Choice, because: str = ""
) -> tuple[str, bool]:
    """Do what the person decided; what came of it in words, and whether that is as they wanted. It is audited.

    Raises:
        NotFound, Denied: see `found`; or the token they came with may not do such things.
        Conflict: it was decided already, on another page perhaps.
        DeskhandError: it could not be done now, and waits on.
    """
    entry = await found(server, principal, key)
    if not server.area.decided_by(principal, entry):
        raise Denied(f"To decide about this takes a token with the scope {server.area.needed(entry)}.")
    if not is_open(entry, choice):
        raise Conflict(f"{visible_line(entry.title)}: this is {WORDS[entry.state][0]}. {_NEXT[entry.state]}")
    began, outcome = time.monotonic(), "error"
    try:
        ended = await decide(server.outbox, server.performers(), entry, choice, because)
        outcome = "ok" if ended.state in ("done", "denied") else ended.state
    except DeskhandError as error:
        outcome = error.code
        raise
    finally:
        took = (time.monotonic() - began) * 1_000
        server.audit.append(_row(principal, entry, choice, outcome, took))
    return sentence(ended), outcome == "ok"


def sentence(entry: Entry) -> str:
    """What became of an act."""
    title = visible_line(entry.title)
    match entry.state:
        case "done":
            return f"Done: {title}"
        case "denied":
            return f"Refused: {title}"
        case "unknown":
            return (
                f"Unknown: {title}. The connection broke before the answer came, and no trace of it is found. Find "
                "out, for instance from the recipient, and say then whether it happened."
            )
        case state:
            return f"{WORDS[state][0].capitalize()}: {title}. {entry.error or _NEXT[state]}"


def _row(principal: Principal, entry: Entry, choice: Choice, outcome: str, milliseconds: float) -> AuditEntry:
    return AuditEntry(
        subject=principal.subject,
        client=principal.client,
        kind="decision",
        name=f"{choice} {entry.uri}",
        outcome=outcome,
        milliseconds=milliseconds,
        arguments_hash=entry.fingerprint,
    )
