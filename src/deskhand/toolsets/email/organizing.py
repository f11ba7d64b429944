"""Putting mails in order: moving, archiving, throwing away, flagging; with the way back in the answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from deskhand.errors import InvalidInput, NotFound
from deskhand.mail.mailbox import Envelope, Flag, Mailbox, MailRef, Role
from deskhand.toolsets.email.conversation import Conversations
from deskhand.toolsets.email.handle import handle_of
from deskhand.toolsets.email.mailboxes import Mailboxes, Place
from deskhand.toolsets.email.results import Moved, Organized
from deskhand.visible import visible_line

Action = Literal["move", "archive", "trash", "spam", "read", "unread", "flag", "unflag"]
MOST = 200
"""Mails of one call."""
_ROLES: dict[Action, Role] = {"archive": "archive", "trash": "trash", "spam": "junk"}
_FLAGS: dict[Action, tuple[Flag, bool, Action]] = {
    "read": ("seen", True, "unread"),
    "unread": ("seen", False, "read"),
    "flag": ("flagged", True, "unflag"),
    "unflag": ("flagged", False, "flag"),
}
"""The flag, whether it is set or taken away, and what takes that back."""
_STAY = ("sent", "drafts")
"""Where a conversation's mails stay, whatever is done to the conversation."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The mails of one account."""

    place: Place
    envelopes: tuple[Envelope, ...]


class Organizing:
    """Organizes mails of one person at a time."""

    def __init__(self, mailboxes: Mailboxes, conversations: Conversations) -> None:
        self._mailboxes = mailboxes
        self._conversations = conversations

    async def organize(
        self, subject: str, handles: Sequence[str], action: Action, *, folder: str = "", threads: bool = False
    ) -> Organized:
        """Do it to these mails, or to their whole conversations.

        Raises:
            InvalidInput: no or too many mails, or no such folder.
            NotFound: one of the mails is not there; nothing was done in its account.
        """
        if (action == "move") != bool(folder.strip()):
            raise InvalidInput("folder belongs to action=move: the name of the folder, such as Inbox or Projects/Sea.")
        if not handles:
            raise InvalidInput("Give ids: mails as email_search shows them.")
        places = [await self._mailboxes.place(subject, handle) for handle in dict.fromkeys(handles)]
        chosen = [
            await self._chosen([one for one in places if one.account == account], threads=threads)
            for account in dict.fromkeys(place.account for place in places)
        ]
        if sum(len(one.envelopes) for one in chosen) > MOST:
            raise InvalidInput(f"These are more than {MOST} mails. Do it in parts.")
        return await (self._flagged(chosen, action) if action in _FLAGS else self._moved(chosen, action, folder))

    async def _chosen(self, places: Sequence[Place], *, threads: bool) -> _Chosen:
        first = places[0]
        with self._mailboxes.noting(first.account):
            found = list(await first.mailbox.envelopes([place.ref for place in places]))
        there = {envelope.ref for envelope in found}
        for place in places:
            if place.ref not in there:
                raise NotFound(f"{handle_of(place.ref)} is not there any more. Find it again with email_search.")
        if threads:
            found += await self._others(first, found)
        return _Chosen(first, tuple({envelope.ref: envelope for envelope in found}.values()))

    async def _others(self, place: Place, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """The rest of their conversations, but for what the person wrote: that stays in Sent and in Drafts."""
        own = [folder.name for folder in await place.mailbox.folders() if folder.role in _STAY]
        found: list[Envelope] = []
        for envelope in envelopes:
            one = Place(place.account, place.mailbox, envelope.ref)
            found += await self._conversations.copies(one, envelope.headers)
        return [envelope for envelope in found if envelope.ref.folder not in own]

    async def _flagged(self, chosen: Sequence[_Chosen], action: Action) -> Organized:
        flag, add, back = _FLAGS[action]
        changed: list[MailRef] = []
        for one in chosen:
            refs = [envelope.ref for envelope in one.envelopes if (flag in envelope.flags) != add]
            changed += refs
            if refs:
                flags, none = frozenset[Flag]({flag}), frozenset[Flag]()
                await one.place.mailbox.flag(refs, flags if add else none, none if add else flags)
        mails = [envelope.ref for one in chosen for envelope in one.envelopes]
        undo = _call(changed, back) if changed else ""
        note = "" if changed else "They were that already; nothing changed."
        return Organized(
            mails=tuple(Moved(id=handle_of(ref)) for ref in mails), done=f"Marked {action}", undo=undo, note=note
        )

    async def _moved(self, chosen: Sequence[_Chosen], action: Action, folder: str) -> Organized:
        mails: list[Moved] = []
        origins: dict[str, list[MailRef]] = {}
        target = ""
        for one in chosen:
            target = await self._target(one.place.mailbox, action, folder)
            for origin, refs in _by_folder(one.envelopes).items():
                if origin != target:
                    with self._mailboxes.noting(one.place.account):
                        after = await one.place.mailbox.move(refs, target)
                    pairs = zip(after, refs, strict=True)
                    mails += [Moved(id=handle_of(new) if new else "", was=handle_of(old)) for new, old in pairs]
                    origins.setdefault(origin, []).extend(ref for ref in after if ref is not None)
        undo = "; ".join(_call(refs, "move", origin) for origin, refs in origins.items() if refs)
        lost = sum(not mail.id for mail in mails)
        note = f"The server does not tell the new id of {lost} of them: find them with email_search." if lost else ""
        note = note if mails else "They were there already; nothing was moved."
        return Organized(mails=tuple(mails), done=f"Moved to {visible_line(target)}", undo=undo, note=note)

    async def _target(self, mailbox: Mailbox, action: Action, folder: str) -> str:
        if action == "move":
            return await self._mailboxes.folder(mailbox, folder)
        return await mailbox.folder_for(_ROLES[action], create=True)


def _by_folder(envelopes: Sequence[Envelope]) -> dict[str, list[MailRef]]:
    found: dict[str, list[MailRef]] = {}
    for envelope in envelopes:
        found.setdefault(envelope.ref.folder, []).append(envelope.ref)
    return found


def _call(refs: Sequence[MailRef], action: Action, folder: str = "") -> str:
    """A call of email_organize, as a model writes it."""
    where = f", folder={json.dumps(folder, ensure_ascii=False)}" if folder else ""
    return f'email_organize(ids={json.dumps([handle_of(ref) for ref in refs])}, action="{action}"{where})'
