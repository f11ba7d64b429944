"""Runs everybody's rules: follows their inboxes, decides about what arrives, answers, and puts down what it did."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime

import anyio
from anyio.abc import TaskGroup

from deskhand.errors import DeskhandError, NotFound
from deskhand.mail.account import Account
from deskhand.mail.mailbox import Envelope, Mailbox
from deskhand.mail.query import Query
from deskhand.mail.reply_recipients import Own
from deskhand.mail.rule_book import Kept, Outcome, RuleBook
from deskhand.mail.rule_decision import Answer
from deskhand.mail.rule_mail import Incoming, incoming
from deskhand.mail.smtp_outcome import NotSent
from deskhand.outbox.act import Entry
from deskhand.outbox.outbox import HOUR
from deskhand.services import Services
from deskhand.toolsets.email.mailboxes import Mailboxes, Place

logger = logging.getLogger(__name__)
BACK = HOUR
"""What arrived longer ago is left alone: after a time without the server nobody gets a storm of late answers."""
CHECK_SECONDS, AGAIN_SECONDS = 30.0, 10.0
"""How often it is looked who has rules; and how soon again at a mailbox that did not answer."""
LOOK_SECONDS = 60.0
"""How soon after a change an inbox is looked at once more, and how often when nothing is told: doubling in between."""
SEND_SECONDS = 20.0
"""How long sending goes on when the rule is stopped, or the server, in the middle of it."""
_PAGE, _MOST_LOOKED_AT, _MOST_REMEMBERED = 50, 200, 20_000
_OUTCOMES: dict[str, Outcome] = {"done": "answered", "unknown": "unknown", "denied": "stopped", "expired": "stopped"}
Key = tuple[str, str]
"""A subject, and the name of one of their accounts."""


class RuleRunner:
    """One for each server. Several may run on one database: each mail is claimed there before it is answered."""

    def __init__(self, book: RuleBook, mailboxes: Mailboxes, services: Services) -> None:
        self._book = book
        self._mailboxes = mailboxes
        self._accounts = services.accounts
        self._post = services.post
        self._outbox = services.outbox
        self._now = services.now
        self._pumps: dict[Key, anyio.CancelScope] = {}
        self._looked: OrderedDict[tuple[str, ...], None] = OrderedDict()
        self._woken = anyio.Event()

    def wake(self) -> None:
        """Look at once who has rules: one was started or stopped."""
        self._woken.set()

    async def run(self) -> None:
        """Follow the inboxes of all who have rules, until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                self._woken = anyio.Event()
                try:
                    await self._keep_up(tasks)
                except DeskhandError as error:
                    logger.warning("the rules for mail cannot be read now: %s", error.message)
                except Exception:  # the server has other things to do than rules
                    logger.exception("the rules for mail cannot be followed")
                with anyio.move_on_after(CHECK_SECONDS):
                    await self._woken.wait()

    async def look(self, subject: str, account: str) -> int:
        """Decide about what arrived in one inbox within the last hour; how many answers were sent.

        Raises:
            DeskhandError: the mailbox cannot be read now.
        """
        known = self._accounts.named(subject, account)
        rules = [kept for kept in await self._book.all(subject) if kept.enabled and kept.rule.account == account]
        if not rules:
            return 0
        box = self._mailboxes.box(known)
        sent = 0
        for envelope in reversed(await self._recent(box, min(kept.rule.started for kept in rules))):
            for kept in rules:
                sent += await self._one(known, box, kept, envelope)
        return sent

    async def _keep_up(self, tasks: TaskGroup) -> None:
        """Begin to follow the accounts that have rules now, and end it for those that have none any more."""
        wanted: set[Key] = set()
        for subject in await self._book.subjects():
            kept = [one for one in await self._book.all(subject) if one.enabled]
            wanted |= {(subject, one.rule.account) for one in kept}
        for key in set(self._pumps) - wanted:
            self._pumps.pop(key).cancel()
        for key in wanted - set(self._pumps):
            await self._book.prune(key[0])
            scope = self._pumps[key] = anyio.CancelScope()
            tasks.start_soon(self._pump, key, scope)

    async def _pump(self, key: Key, scope: anyio.CancelScope) -> None:
        """Look at one inbox when it changes, and at least every minute.

        Another server may have died over an answer, and a mailbox may be silent.
        """
        with scope:
            async with anyio.create_task_group() as tasks:
                bell = _Bell()
                tasks.start_soon(self._listen, key, bell)
                while True:
                    ringing = bell.renewed()
                    await self._guarded(key)
                    with anyio.move_on_after(LOOK_SECONDS):
                        await ringing.wait()

    async def _listen(self, key: Key, bell: "_Bell") -> None:
        while True:
            try:
                [account] = await self._mailboxes.readable(*key)
                async with aclosing(self._mailboxes.box(account).changes()) as changes:
                    async for _changed in changes:
                        bell.ring()
            except DeskhandError as error:
                logger.info("an inbox with rules cannot be followed now: %s", error.message)
            except Exception:  # one mailbox that misbehaves is no reason to stop following others
                logger.exception("an inbox with rules cannot be followed")
            await anyio.sleep(AGAIN_SECONDS)

    async def _guarded(self, key: Key) -> None:
        try:
            await self.look(*key)
        except DeskhandError as error:
            logger.info("the rules of an inbox wait: %s", error.message)
        except Exception:  # nor is one person's trouble a reason to leave others without answers
            logger.exception("the rules of an inbox failed")

    async def _recent(self, box: Mailbox, started: datetime) -> Sequence[Envelope]:
        """What arrived in the inbox within the last hour, since rules were started, newest first."""
        since, found = max(self._now() - BACK, started), list[Envelope]()
        while len(found) < _MOST_LOOKED_AT:
            page = (await box.search(Query(folder="inbox"), offset=len(found), limit=_PAGE)).envelopes
            fresh = [envelope for envelope in page if envelope.received >= since]
            found += fresh
            if len(fresh) < _PAGE:
                break
        return found

    async def _one(self, account: Account, box: Mailbox, kept: Kept, envelope: Envelope) -> int:
        """One mail and one rule; how many answers were sent. What is wrong with it stops nothing else."""
        ref = envelope.ref
        seen = (account.owner, kept.rule.name, kept.version, account.name, ref.folder, ref.uid)
        if seen in self._looked:
            return 0
        try:
            settled, sent = await self._handled(account, box, kept, envelope)
        except NotFound:  # moved away meanwhile
            settled, sent = True, False
        except DeskhandError as error:
            logger.info("a rule waits with one mail: %s", error.message)
            return 0
        except Exception:
            logger.exception("a rule failed at one mail")
            settled, sent = True, False
        if settled:
            self._remember(seen)
        return int(sent)

    async def _handled(self, account: Account, box: Mailbox, kept: Kept, envelope: Envelope) -> tuple[bool, bool]:
        """Whether nothing is left to do about it, and whether it was answered now."""
        raw = await self._mailboxes.raw(Place(account, box, envelope.ref))
        mail = incoming(raw, envelope.received, flags=envelope.flags)
        decided = await self._book.claim(account.owner, kept, mail, own_of(account, self._accounts.of(account.owner)))
        if not isinstance(decided, Answer):
            return decided != "later", False  # what another server has in hand may come back, if that one dies
        outcome: Outcome = "failed"
        with anyio.move_on_after(SEND_SECONDS, shield=True):  # who stops a rule must not leave a mail in doubt
            outcome = await self._answer(account, kept, mail, decided)
        return outcome != "failed", outcome == "answered"

    async def _answer(self, account: Account, kept: Kept, mail: Incoming, answer: Answer) -> Outcome:
        """Send it, unless the rule was stopped meanwhile; whatever happens is put down."""
        subject, detail = account.owner, ""
        outcome: Outcome = "failed"
        try:
            entry = await self._post.propose(subject, account, answer.outgoing, key=key_of(kept.rule.name, mail.id))
            if await self._book.runs(subject, kept):
                entry = await self._post.send(subject, entry.key)
            elif entry.state in ("waiting", "failed"):
                entry = await self._outbox.deny(subject, entry.key, "The rule was stopped.")
            outcome, detail = _OUTCOMES.get(entry.state, "failed"), _detail(entry)
        except NotSent as error:
            outcome, detail = "refused" if error.permanent else "failed", error.message
        except DeskhandError as error:
            detail = error.message
        await self._book.ended(subject, kept.rule.name, mail.id, outcome, detail)
        return outcome

    def _remember(self, seen: tuple[str, ...]) -> None:
        self._looked[seen] = None
        while len(self._looked) > _MOST_REMEMBERED:
            self._looked.popitem(last=False)


class _Bell:
    """Rings for who waits; ringing while nobody waits is heard by the next one."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    def ring(self) -> None:
        self._event.set()

    def renewed(self) -> anyio.Event:
        """To wait for what rings from now on."""
        self._event = anyio.Event()
        return self._event


def key_of(rule: str, message_id: str) -> str:
    """The key of an answer in the outbox: the same for the same mail, on every server."""
    return f"rule-{rule}-{hashlib.sha256(message_id.encode(errors='surrogatepass')).hexdigest()[:24]}"


def own_of(account: Account, accounts: Sequence[Account]) -> Own:
    """Who answers with this account; the addresses of all accounts are the person's own."""
    return Own(account.address, tuple(one.address.email for one in accounts))


def _detail(entry: Entry) -> str:
    if entry.state == "done":
        return "local only" if entry.result.get("local_only") else str(entry.result.get("answer", ""))
    return entry.error
