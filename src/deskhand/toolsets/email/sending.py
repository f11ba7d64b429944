"""The ladder a mail climbs before it leaves: put down, asked about where it must be, sent once."""

import hashlib
import json
from dataclasses import astuple, dataclass
from typing import cast

from pydantic import JsonValue

from deskhand.errors import Conflict, Unavailable
from deskhand.mail.letter import Origin, letter_from
from deskhand.mail.mailbox import MailRef
from deskhand.mail.post import KIND, Post
from deskhand.outbox.act import Entry
from deskhand.outbox.outbox import SETTLED, Outbox
from deskhand.toolsets.email.drafting import shown
from deskhand.toolsets.email.handle import handle_of, parse_handle
from deskhand.toolsets.email.results import Sent, State
from deskhand.toolsets.email.writing import Wanted, Writing, Written
from deskhand.visible import visible, visible_line

_RECENT = 50
_SHOWN = 6_000
"""Letters of a mail in an answer to the model; its record holds all of it."""
_NO = "The person said no."
_STATES: dict[str, State] = {
    "waiting": "waiting",
    "claimed": "sending",
    "crossing": "sending",
    "done": "sent",
    "unknown": "unknown",
    "denied": "denied",
    "expired": "expired",
}


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is to be sent: a row of the outbox, or with `dry_run` only the mail."""

    entry: Entry | None = None
    written: Written | None = None
    must_ask: bool = False
    """Whether the person has to agree before it leaves."""


class Sending:
    """Sends mails of one person at a time, through the outbox."""

    def __init__(self, writing: Writing, post: Post, outbox: Outbox) -> None:
        self._writing = writing
        self._post = post
        self._outbox = outbox

    async def propose(self, subject: str, wanted: Wanted, *, dry_run: bool, key: str) -> Proposed:
        """Put the mail down, or find it if it was put down before; with `dry_run` nothing is written.

        Raises:
            InvalidInput: it cannot be sent as it is.
            Conflict: the key was used for something else.
            NotFound: the draft, the account or a file is not there.
        """
        if not dry_run and (known := await self._of_draft(subject, wanted, key)) is not None:
            return await self._proposed(known)
        written = await self._writing.write(subject, wanted)
        if dry_run:
            return Proposed(written=written)
        origin = Origin(written.draft, _call(wanted, key))
        entry = await self._post.propose(
            subject, written.account, written.outgoing, key=key, origin=origin, notes=written.notes
        )
        return await self._proposed(entry)

    async def send(self, subject: str, proposed: Proposed, answer: bool | None) -> Sent:
        """Do what the person said: True to send it, False not to; None is no answer, so that it waits.

        Raises:
            DeskhandError: it was not sent, and why; the same call tries again.
        """
        if proposed.entry is None:
            return _previewed(cast("Written", proposed.written))
        entry = proposed.entry
        is_open = entry.state in ("waiting", "failed")
        if is_open and answer is False:  # whatever has changed since the question was put
            return _told(await self._outbox.deny(subject, entry.key, _NO))
        if is_open and proposed.must_ask and answer is None:
            return _told(entry)
        if entry.state in ("waiting", "failed", "unknown"):
            entry = await self._post.send(subject, entry.key, unasked=answer is None)
        if entry.state == "failed":
            raise Unavailable(f"{visible_line(entry.title)}: it was not sent: {visible(entry.error)} Try again.")
        return _told(entry)

    async def changed(self, subject: str, draft: MailRef, now: str) -> None:
        """A draft was written anew under another handle: as it was, it is not to be sent any more."""
        await self._post.withdraw(subject, draft, f"The draft was changed: it is {now} now.")

    async def _proposed(self, entry: Entry) -> Proposed:
        passes = entry.state in ("waiting", "failed") and await self._post.passes(entry)
        return Proposed(entry, must_ask=await self._outbox.must_ask(entry, passes=passes))

    async def _of_draft(self, subject: str, wanted: Wanted, key: str) -> Entry | None:
        """What a draft became that was sent before: the draft itself is gone then.

        Raises:
            Conflict: the key was used for it, with other arguments.
        """
        ref = parse_handle(wanted.draft) if wanted.draft else None
        if not isinstance(ref, MailRef):
            return None
        for entry in await self._outbox.newest(subject, states=("done", "unknown", "crossing"), limit=_RECENT):
            same = entry.key == key if key else wanted.says_nothing
            if same and entry.kind == KIND and (letter := letter_from(entry.payload)).draft == ref:
                if key and letter.call != _call(wanted, key):
                    raise Conflict(
                        f"The idempotency_key {key!r} was used with other arguments: {visible_line(entry.title)}. "
                        "Choose another key."
                    )
                return await self._outbox.find(subject, entry.key)
        return None


def _call(wanted: Wanted, key: str) -> str:
    return hashlib.sha256(json.dumps([*astuple(wanted), key]).encode()).hexdigest()


def _told(entry: Entry) -> Sent:
    letter, result = letter_from(entry.payload), entry.result
    state = _STATES.get(entry.state, "waiting")
    copy = result.get("copy")
    sent = Sent(
        state=state,
        note=_note(entry, state, len(letter.recipients)),
        account=entry.account,
        recipients=letter.recipients,
        outbox=entry.uri,
        message_id=str(result.get("message_id", "")),
        at=str(result.get("sent", "")),
        copy_id=handle_of(MailRef(*map(str, copy))) if isinstance(copy, list) else "",
        local_only=bool(result.get("local_only")),
        warnings=tuple(visible(str(one)) for one in _listed(result.get("warnings"))),
    )
    return sent if state == "sent" else sent.model_copy(update={"preview": entry.shown(_SHOWN)})


def _previewed(written: Written) -> Sent:
    everyone = (*written.outgoing.to, *written.outgoing.cc, *written.outgoing.bcc)
    return Sent(
        state="preview",
        note="Nothing was sent, nothing is kept: this is what would be sent.",
        account=written.account.name,
        recipients=tuple(address.email for address in everyone),
        preview=shown(written),
    )


def _note(entry: Entry, state: State, recipients: int) -> str:
    title, key = visible_line(entry.title), entry.key
    if state == "sent":
        answer = visible_line(str(entry.result.get("answer", "")))
        if answer == SETTLED:
            return f"{title}: sent, {answer}."
        if entry.result.get("local_only"):
            return f"{title}: in Sent (local only): nothing left this machine. An account would take it to others."
        return f"{title}: sent to {recipients} {'address' if recipients == 1 else 'addresses'}. The server: {answer}"
    told = {
        "waiting": f"not sent yet: it waits for the person, who decides with: deskhand approve {key}. "
        f"{_why_it_waits(entry)}Do not write it again; {entry.uri} tells its state.",
        "denied": f"not sent. {visible(entry.error) or _NO} Ask what to change; only if the person changed their mind, "
        "send it with another idempotency_key.",
        "unknown": "it is not known whether it was sent: the server's answer got lost. Do not write it again. The same "
        f"call looks whether it left a trace, and deskhand approve {key} lets the person say what happened.",
        "sending": f"being sent at this moment. {entry.uri} tells its state.",
        "expired": "not sent: nobody agreed to it in time. Send it again with another idempotency_key.",
    }
    return f"{title}: {told[state]}"


def _why_it_waits(entry: Entry) -> str:
    if not entry.question(""):
        return "It is too long to be shown in a question; that command shows all of it. "
    return f"{visible(entry.error)} " if entry.error else ""


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
