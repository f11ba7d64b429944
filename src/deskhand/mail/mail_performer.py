"""Sends the mails of the outbox, and finds out what became of those whose outcome is unknown."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.mail.account import LOCAL, Account
from deskhand.mail.accounts import Accounts
from deskhand.mail.address import Address
from deskhand.mail.after_sending import AfterSending, put_once
from deskhand.mail.letter import Letter, copy_for_sent, dated, letter_from
from deskhand.mail.local_delivery import LocalDelivery, marked
from deskhand.mail.mailbox import Mailbox, MailRef
from deskhand.mail.message_id import message_id_for
from deskhand.mail.smtp import Smtp
from deskhand.mail.smtp_outcome import OutcomeUnknown as DeliveryUnknown
from deskhand.outbox.act import Attempt, Entry, NotDone, OutcomeUnknown
from deskhand.zone import Zone

logger = logging.getLogger(__name__)

KEPT_HERE = "delivered locally: nothing left this machine"


class MailPerformer:
    """The performer of acts of the kind `mail`."""

    def __init__(self, accounts: Accounts, now: Callable[[], datetime], zone: Zone) -> None:
        self._accounts = accounts
        self._now = now
        self._zone = zone

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        """Send it; then put a copy into Sent, mark what it answers, and remove its draft.

        Raises:
            NotDone: no server took it.
            OutcomeUnknown: one may have taken it.
        """
        letter, at = letter_from(entry.payload), self._now().astimezone(self._zone)
        raw = dated(_content(entry), at)
        try:
            account = self._accounts.named(entry.subject, entry.account)
            answer = await self._send(account, letter, raw, entry, attempt)
        except DeliveryUnknown as error:
            raise OutcomeUnknown(error.message) from error
        except DeskhandError as error:
            raise NotDone(error) from error
        result = _result(entry, letter, answer, at)
        await attempt.happened(result)
        return await self._after(entry, letter, raw, result)

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        """Whether the mail is in a folder, by its Message-ID: there it can only be if it was taken."""
        letter, at = letter_from(entry.payload), entry.changed.astimezone(self._zone)
        try:
            mailbox = self._accounts.mailbox(self._accounts.named(entry.subject, entry.account))
            found = await _traces(mailbox, message_id_of(entry, letter))
        except DeskhandError as error:
            logger.info("%s: its outcome stays unknown, nobody can look: %s", entry.key, error.message)
            return None
        if not found:
            return None
        result = _result(entry, letter, f"found in {found[0].folder}, so that it was sent", at)
        return await self._after(entry, letter, dated(_content(entry), at), result)

    async def _send(self, account: Account, letter: Letter, raw: bytes, entry: Entry, attempt: Attempt) -> str:
        if account.is_local:
            return await self._keep(account, letter, raw, entry)
        smtp = account.smtp_account
        if smtp is None:
            raise InvalidInput(f"The account {account.name!r} only reads mail: set accounts.{account.name}.smtp.")
        delivered = await Smtp(smtp).deliver(raw, letter.sender, letter.recipients, crossing=attempt.cross)
        return delivered.answer

    async def _keep(self, account: Account, letter: Letter, raw: bytes, entry: Entry) -> str:
        """Into the inbox if it goes to oneself, and into Sent. Doing it again changes nothing, so it never crosses."""
        mailbox, message_id = self._accounts.mailbox(account), message_id_of(entry, letter)
        inbox = await mailbox.folder_for("inbox", create=True)
        if not await mailbox.by_message_id(message_id, folders=[inbox]):
            delivery = LocalDelivery(mailbox, account.own, self._now)
            await delivery.deliver(raw, letter.sender, letter.recipients, crossing=_no_crossing)
        await put_once(mailbox, "sent", marked(copy_for_sent(raw, letter)), message_id, self._now())
        return KEPT_HERE

    async def _after(
        self, entry: Entry, letter: Letter, raw: bytes, result: Mapping[str, JsonValue]
    ) -> Mapping[str, JsonValue]:
        after = AfterSending(self._accounts, entry.subject, entry.account)
        await after.run(letter, raw, message_id_of(entry, letter), self._now())
        copy: JsonValue = [after.copy.account, after.copy.folder, after.copy.uid] if after.copy else None
        return {**result, "copy": copy, "warnings": list[JsonValue](after.warnings)}


def message_id_of(entry: Entry, letter: Letter) -> str:
    """The Message-ID of the mail in a row of the outbox."""
    return message_id_for(entry.subject, entry.key, Address(letter.sender))


async def _traces(mailbox: Mailbox, message_id: str) -> list[MailRef]:
    """Where the mail is: in Sent, else in any folder. A draft is no trace of it."""
    sent = [folder.name for folder in await mailbox.folders() if folder.role == "sent"]
    refs = list(await mailbox.by_message_id(message_id, folders=sent)) if sent else []
    refs = refs or list(await mailbox.by_message_id(message_id))
    return [envelope.ref for envelope in await mailbox.envelopes(refs) if "draft" not in envelope.flags]


async def _no_crossing() -> None:
    """Delivering locally again does nothing: it is never in doubt."""


def _content(entry: Entry) -> bytes:
    if entry.content is None:
        raise NotDone(InvalidInput(f"{entry.title}: its content is gone; write it again."))
    return entry.content


def _result(entry: Entry, letter: Letter, answer: str, at: datetime) -> dict[str, JsonValue]:
    return {
        "message_id": message_id_of(entry, letter),
        "recipients": list(letter.recipients),
        "sent": at.isoformat(timespec="seconds"),
        "answer": answer,
        "local_only": entry.account == LOCAL,
        "copy": None,
        "warnings": [],
    }
