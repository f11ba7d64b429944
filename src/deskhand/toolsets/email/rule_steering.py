"""What people do with rules: make, change, start, stop, delete and try them, and read what they did.

A rule sends without asking, so that the person is asked once, before it starts: what they agree to is one version of
it. Stopping never asks.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from deskhand.errors import InvalidInput, Unavailable
from deskhand.mail.account import Account
from deskhand.mail.rule import HOURLY, Rule, days_from
from deskhand.mail.rule_book import Kept, RuleBook
from deskhand.outbox.act import Act, Entry
from deskhand.services import Services
from deskhand.store.mail_rule_rows import AnswerRow
from deskhand.toolsets.email.mailboxes import Mailboxes
from deskhand.toolsets.email.rule_performer import KIND, RulePerformer
from deskhand.toolsets.email.rule_preview import days, matched, rule_preview
from deskhand.toolsets.email.rule_results import Ruled, RuleEvent, RuleLine
from deskhand.toolsets.email.rule_trying import MAILS, Trying
from deskhand.visible import visible, visible_line
from deskhand.zone import Zone

RuleAction = Literal["list", "create", "change", "start", "stop", "delete", "log", "try"]
_STARTING = ("create", "change", "start")
_LOGGED = 20
_SHOWN = 80
_WAITING = 50
GOES_ON = "The rule goes on as it was."


@dataclass(frozen=True, slots=True)
class RuleWanted:
    """What somebody asked for; empty is what they left out."""

    action: RuleAction
    name: str = ""
    match: str = ""
    text: str = ""
    days: str = ""
    """`2026-12-20..2027-01-03`; either side may be empty."""
    hourly: int = 0
    account: str = ""


@dataclass(frozen=True, slots=True)
class RuleProposed:
    """A rule that is to be started, and its row of the outbox; no row where there is nothing to start."""

    kept: Kept | None = None
    entry: Entry | None = None
    must_ask: bool = False
    """Whether the person has to agree first."""


class RuleSteering:
    """For one person at a time. `woken` is called when a rule was started or stopped here."""

    def __init__(
        self,
        book: RuleBook,
        mailboxes: Mailboxes,
        services: Services,
        performer: RulePerformer,
        woken: Callable[[], None],
    ) -> None:
        self._book = book
        self._mailboxes = mailboxes
        self._outbox = services.outbox
        self._now = services.now
        self._zone = services.zone
        self._performer = performer
        self._woken = woken
        self._trying = Trying(mailboxes, services.accounts, services.zone)

    async def propose(self, subject: str, wanted: RuleWanted) -> RuleProposed:
        """Keep the rule, stopped, and put down that it is to be started; the same call again finds both.

        Another version of a rule that runs is kept in the row alone: until the person agrees, that one goes on.

        Raises:
            InvalidInput: the rule cannot be as it is.
            Conflict: there is another one of this name.
            NotFound: there is no such rule or account.
        """
        if wanted.action not in _STARTING:
            return RuleProposed()
        kept = await self._prepared(subject, wanted)
        if kept.enabled:
            return RuleProposed(kept)
        account = self._account(subject, kept.rule.account)
        entry = await self._outbox.propose(subject, self._act(kept, account))
        undecided = entry.state in ("waiting", "failed")
        return RuleProposed(kept, entry, must_ask=undecided and not account.is_local)

    async def act(self, subject: str, wanted: RuleWanted, proposed: RuleProposed, answer: bool | None) -> Ruled:
        """Do it; for what starts a rule, `answer` is what the person said, None where they were not asked.

        Raises:
            DeskhandError: it was not done, and why.
        """
        if proposed.kept is not None:
            return await self._started(subject, proposed.kept, proposed, answer)
        if wanted.action == "stop":
            return await self._stopped(subject, wanted.name)
        if wanted.action == "delete":
            await self._withdraw(subject, wanted.name)
            await self._book.delete(subject, wanted.name)
            self._woken()
            return Ruled(note=f"The rule {wanted.name} is deleted. What it did stays in the log.")
        if wanted.action == "log":
            return await self._log(subject, wanted.name)
        return await (self._try(subject, wanted) if wanted.action == "try" else self._list(subject, wanted.name))

    async def _prepared(self, subject: str, wanted: RuleWanted) -> Kept:
        if wanted.action == "start":
            return await self._book.find(subject, wanted.name)
        if wanted.action == "change":
            return await self._book.change(subject, await self._changed(subject, wanted))
        return await self._book.add(subject, self._new(subject, wanted))

    def _new(self, subject: str, wanted: RuleWanted) -> Rule:
        since, until = days_from(wanted.days)
        rule = Rule(
            name=wanted.name.strip().lower().replace(" ", "-"),
            account=self._account(subject, wanted.account).name,
            text=wanted.text,
            match=wanted.match.strip(),
            since=since,
            until=until,
            hourly=wanted.hourly or HOURLY,
        )
        return rule.checked(self._now(), self._zone)

    async def _changed(self, subject: str, wanted: RuleWanted) -> Rule:
        """The rule with what was given; what was left out stays."""
        rule = (await self._book.find(subject, wanted.name)).rule
        account = self._account(subject, wanted.account).name if wanted.account else rule.account
        since, until = days_from(wanted.days) if wanted.days.strip() else (rule.since, rule.until)
        return replace(
            rule,
            account=account,
            text=wanted.text or rule.text,
            match=wanted.match.strip() or rule.match,
            since=since,
            until=until,
            hourly=wanted.hourly or rule.hourly,
        ).checked(self._now(), self._zone)

    def _account(self, subject: str, name: str) -> Account:
        account = self._mailboxes.sending(subject, name)
        if not account.is_local and (account.imap is None or account.smtp is None):
            raise InvalidInput(f"The account {account.name!r} cannot answer by itself: it needs both imap and smtp.")
        return account

    def _act(self, kept: Kept, account: Account) -> Act:
        rule = kept.rule
        new = rule.body() if kept.aside else None
        which = "another version of the rule" if kept.aside else "rule"
        return Act(
            kind=KIND,
            title=f"Automatic answers: {which} {rule.name} of the account {account.name}",
            preview=rule_preview(kept, account, self._now(), self._zone),
            account=account.name,
            payload={"rule": rule.name, "version": kept.version, "new": new},
            sameness=f"{rule.name} {kept.version}{json.dumps(new) if new else ''}",
        )

    async def _started(self, subject: str, kept: Kept, proposed: RuleProposed, answer: bool | None) -> Ruled:
        entry, lines = proposed.entry, (_line(kept),)
        if entry is None:
            return Ruled(note=f"The rule {kept.rule.name} runs already; nothing was changed.", rules=lines)
        if proposed.must_ask and answer is None:
            return Ruled(note=_waits(entry, kept), outbox=entry.uri, preview=entry.preview)
        if proposed.must_ask and not answer:
            return await self._refused(subject, kept, entry)
        if entry.state in ("waiting", "failed"):
            entry = await self._outbox.perform(subject, entry.key, self._performer)
        if entry.state != "done":
            raise Unavailable(f"{entry.title}: not started, it is {entry.state}. {visible(entry.error)}".rstrip())
        local = bool(entry.result.get("local_only"))
        where = " It works on the mailbox of this machine (local only): nothing is sent to anybody." if local else ""
        note = f"The rule {kept.rule.name} answers what arrives from now on.{where} action=stop stops it at any time."
        running = await self._book.find(subject, kept.rule.name)
        return Ruled(note=note, rules=(_line(running),), outbox=entry.uri, local_only=local)

    async def _refused(self, subject: str, kept: Kept, entry: Entry) -> Ruled:
        await self._outbox.deny(subject, entry.key, "The person said no.")
        if not kept.aside:
            await self._book.stop(subject, kept.rule.name)  # so that starting it again asks again
        goes_on = f" {GOES_ON}" if kept.aside else ""
        note = f"{entry.title}: not started: the person said no.{goes_on} Ask what to change."
        return Ruled(note=note, outbox=entry.uri)

    async def _stopped(self, subject: str, name: str) -> Ruled:
        ran = await self._book.stop(subject, name)
        await self._withdraw(subject, name)
        self._woken()
        which = f"The rule {name} is" if name else "All rules are"
        return Ruled(note=f"{which} stopped ({ran} ran). Nothing is answered until action=start.")

    async def _withdraw(self, subject: str, name: str) -> None:
        """What waits for the person to start it does not wait any more."""
        for entry in await self._outbox.newest(subject, states=("waiting", "failed"), limit=_WAITING):
            if entry.kind == KIND and name in ("", entry.payload["rule"]):
                await self._outbox.deny(subject, entry.key, "The rule was stopped.")

    async def _list(self, subject: str, name: str) -> Ruled:
        if name:
            kept = await self._book.find(subject, name)
            shown = rule_preview(kept, self._account(subject, kept.rule.account), self._now(), self._zone)
            return Ruled(note="This is the whole rule.", rules=(_line(kept),), preview=shown)
        rules = tuple(_line(kept) for kept in await self._book.all(subject))
        runs = sum(rule.runs for rule in rules)
        return Ruled(note=f"{len(rules)} rules, {runs} of them run." if rules else "There is no rule yet.", rules=rules)

    async def _log(self, subject: str, name: str) -> Ruled:
        rows = await self._book.log(subject, name, _LOGGED)
        note = f"The last {len(rows)} mails that rules were about, newest first, times in {self._zone}."
        return Ruled(note=note if rows else "No rule had anything to do yet.", log=tuple(map(self._event, rows)))

    async def _try(self, subject: str, wanted: RuleWanted) -> Ruled:
        rule = (
            await self._changed(subject, wanted)
            if wanted.name and any(kept.rule.name == wanted.name for kept in await self._book.all(subject))
            else self._new(subject, replace(wanted, name=wanted.name or "try", text=wanted.text or "(text)"))
        )
        events, example = await self._trying.run(self._account(subject, rule.account), rule)
        answered = sum(bool(event.to) for event in events)
        note = f"Of the last {len(events)} mails (at most {MAILS}), {answered} would be answered. Nothing was sent."
        return Ruled(note=note, log=tuple(events), preview=example)

    def _event(self, row: AnswerRow) -> RuleEvent:
        at = _local(row.at, self._zone)
        mail = visible_line(row.mail)[:_SHOWN]
        return RuleEvent(
            at=at,
            rule=row.rule,
            outcome=row.outcome,
            mail=mail,
            to=visible_line(row.recipient),
            why=visible_line(row.detail)[:200],
        )


def _local(at: str, zone: Zone) -> str:
    return datetime.fromisoformat(at).astimezone(zone).isoformat(timespec="seconds")


def _waits(entry: Entry, kept: Kept) -> str:
    goes_on = f" {GOES_ON}" if kept.aside else ""
    return (
        f"{entry.title}: not started yet: it waits for the person, who decides with: deskhand approve {entry.key}. "
        f"Do not write it again; {entry.uri} tells its state.{goes_on}"
    )


def _line(kept: Kept) -> RuleLine:
    rule = kept.rule
    text = visible_line(rule.text)
    return RuleLine(
        name=rule.name,
        account=rule.account,
        runs=kept.enabled,
        answers=matched(rule),
        days=days(rule),
        hourly=rule.hourly,
        text=text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…",
    )
