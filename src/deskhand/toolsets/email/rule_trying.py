"""What a rule would have done with the last mails: nothing is sent, nothing is kept."""

from dataclasses import replace

from deskhand.errors import DeskhandError
from deskhand.mail.account import Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.mailbox import Envelope
from deskhand.mail.query import Query
from deskhand.mail.rule import NEVER, Rule
from deskhand.mail.rule_decision import Answer, Answered, Circumstances, Refusal, decide
from deskhand.mail.rule_mail import incoming
from deskhand.toolsets.email.mailboxes import Mailboxes, Place
from deskhand.toolsets.email.rule_results import RuleEvent
from deskhand.toolsets.email.rule_runner import own_of
from deskhand.visible import visible, visible_line
from deskhand.zone import Zone

MAILS = 10


class Trying:
    """Decides about mails as if the rule had run when they arrived."""

    def __init__(self, mailboxes: Mailboxes, accounts: Accounts, zone: Zone) -> None:
        self._mailboxes = mailboxes
        self._accounts = accounts
        self._zone = zone

    async def run(self, account: Account, rule: Rule) -> tuple[list[RuleEvent], str]:
        """What would have become of the last mails in the inbox, newest first, and the newest answer in full.

        Raises:
            DeskhandError: the mailbox cannot be read.
        """
        box = self._mailboxes.box(account)
        page = await box.search(Query(folder="inbox"), offset=0, limit=MAILS)
        events, history, example = list[RuleEvent](), list[Answered](), ""
        for envelope in reversed(page.envelopes):
            decided = await self._decided(account, replace(rule, started=NEVER), envelope, history)
            events.append(self._event(envelope, decided))
            if isinstance(decided, Answer):
                history.append(Answered(rule.name, decided.thread, decided.recipient, envelope.received))
                example = _shown(decided)
        return events[::-1], example

    async def _decided(
        self, account: Account, rule: Rule, envelope: Envelope, history: list[Answered]
    ) -> Answer | Refusal:
        try:
            raw = await self._mailboxes.raw(Place(account, self._mailboxes.box(account), envelope.ref))
        except DeskhandError as error:
            return Refusal(error.message)
        own = own_of(account, self._accounts.of(account.owner))
        mail = incoming(raw, envelope.received, flags=envelope.flags)
        return decide(rule, mail, Circumstances(own, envelope.received, self._zone, history))

    def _event(self, envelope: Envelope, decided: Answer | Refusal) -> RuleEvent:
        senders = ", ".join(map(str, envelope.headers.sender))
        answered = isinstance(decided, Answer)
        return RuleEvent(
            at=envelope.received.astimezone(self._zone).isoformat(timespec="minutes"),
            outcome="would be answered" if answered else "no answer",
            mail=visible_line(f"{senders}: {envelope.headers.subject}")[:160],
            to=decided.recipient if answered else "",
            why="" if isinstance(decided, Answer) else visible_line(decided.reason)[:200],
        )


def _shown(answer: Answer) -> str:
    outgoing = answer.outgoing
    return visible(f"To: {outgoing.to[0]}\nSubject: {outgoing.subject}\n\n{outgoing.text}")
