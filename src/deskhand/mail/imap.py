"""A mailbox on an IMAP server (RFC 3501, and 9051 as far as it is the same)."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from deskhand.errors import LimitExceeded, NotFound, Unavailable
from deskhand.mail import imap_moving
from deskhand.mail.headers import parse_headers
from deskhand.mail.imap_account import ImapAccount
from deskhand.mail.imap_connection import ImapConnection
from deskhand.mail.imap_envelopes import FLAGS, Opened, check_there, fetch_envelopes, open_folder
from deskhand.mail.imap_folders import FolderList, ServerFolder, counted, list_folders, new_folder
from deskhand.mail.imap_idle import watch_folder, watch_inbox
from deskhand.mail.imap_search import find, related_criteria
from deskhand.mail.imap_wire import ANSWER_BYTES, Wire
from deskhand.mail.mailbox import Capabilities, Changed, Envelope, Flag, Folder, MailRef, Page, Role
from deskhand.mail.query import Query

_T = TypeVar("_T")
_RELATED_IDS, _RELATED = 20, 200
_EXTENSIONS = ("MOVE", "UIDPLUS", "SORT", "SPECIAL-USE")


class Imap:
    """One account's mails. Safe to use from several tasks: calls take turns on one connection."""

    def __init__(self, account: ImapAccount) -> None:
        self.account = account.name
        self._account = account
        self._connection = ImapConnection(account)
        self._known: FolderList | None = None

    async def folders(self) -> Sequence[Folder]:
        """All folders, those with a role first."""

        def count(wire: Wire) -> list[Folder]:
            self._known = list_folders(wire)
            return counted(wire, self._known)

        return await self._connection.run(count)

    async def folder_for(self, role: Role, *, create: bool = False) -> str:
        """The name of the folder with this role.

        Raises:
            NotFound: there is none, and it is not to be made.
        """

        def look(wire: Wire) -> str:
            folder = self._folders(wire, fresh=True).with_role(role)
            if folder is None and not (create and role):
                raise NotFound(f"{self._account.endpoint.host} has no folder for {role!r}. Make one, or name another.")
            return (folder or self._made(wire, role)).name

        return await self._connection.run(look)

    async def search(self, query: Query, *, offset: int, limit: int) -> Page:
        """Mails that match, newest first."""

        def look(wire: Wire) -> Page:
            found: list[Envelope] = []
            total, at_least = 0, False
            for folder in self._searched(wire, query.folder):
                lines, number, more = find(self._open(wire, folder), query, offset + limit)
                found += lines
                total, at_least = total + number, at_least or more
            found.sort(key=lambda line: line.received, reverse=True)
            return Page(tuple(found[offset : offset + limit]), total, at_least)

        return await self._connection.run(look)

    async def raw(self, ref: MailRef, *, max_bytes: int) -> bytes:
        """The whole mail. It is not marked as read.

        Raises:
            NotFound: it is not there any more.
            LimitExceeded: it is larger.
        """

        def fetch(wire: Wire) -> bytes:
            wire.allow(max_bytes + ANSWER_BYTES)
            opened = self._open(wire, self._named(wire, ref.folder))
            uid = opened.uid(ref)
            check_there(opened, [uid])
            found = wire.fetch([uid], (f"BODY.PEEK[]<0.{max_bytes + 1}>",)).get(uid, {})
            body = next((value for key, value in found.items() if key.startswith(b"BODY[]")), b"")
            return body if isinstance(body, bytes) else b""

        raw = await self._connection.run(fetch)
        if len(raw) > max_bytes:
            raise LimitExceeded(f"The mail is larger than the {max_bytes:,} bytes that may be read at once.")
        return raw

    async def envelopes(self, refs: Sequence[MailRef]) -> Sequence[Envelope]:
        """The lines of these mails that are still there."""

        def fetch(wire: Wire) -> list[Envelope]:
            found: dict[MailRef, Envelope] = {}
            for name, some in _by_folder(refs):
                folder = self._folders(wire).find(name)
                if folder is not None:
                    opened = self._open(wire, folder)
                    here = [opened.uid(ref) for ref in some if ref.uid.endswith(f".{opened.uidvalidity}")]
                    found |= {line.ref: line for line in fetch_envelopes(opened, here)}
            return [found[ref] for ref in refs if ref in found]

        return await self._connection.run(fetch)

    async def by_message_id(self, message_id: str, *, folders: Sequence[str] = ()) -> Sequence[MailRef]:
        """Where mails with this Message-ID are, in these folders or in all."""

        def look(wire: Wire) -> list[MailRef]:
            known = self._folders(wire, fresh=True)
            where = [known.named(name) for name in folders] or known.searched("all")
            query = Query(message_id=message_id)
            lines = [line for one in where for line in find(self._open(wire, one), query, _RELATED)[0]]
            return [line.ref for line in lines if line.headers.message_id == message_id]

        return await self._connection.run(look)

    async def related(self, message_ids: Sequence[str]) -> Sequence[Envelope]:
        """Mails of all folders (without trash and junk) that have, or refer to, one of these Message-IDs.

        The last 20 of the Message-IDs are asked for, and 200 mails of each folder are given.
        """

        def look(wire: Wire) -> list[Envelope]:
            found: list[Envelope] = []
            for folder in self._searched(wire, ""):
                opened = self._open(wire, folder)
                if opened.exists:
                    uids = wire.search_uids(related_criteria(message_ids[-_RELATED_IDS:]), sort=False)
                    found += fetch_envelopes(opened, uids[:_RELATED])
            return sorted(found, key=lambda line: line.received, reverse=True)

        return await self._connection.run(look) if message_ids else []

    async def append(self, folder: str, raw: bytes, flags: frozenset[Flag], at: datetime) -> MailRef:
        """Put a mail into a folder, which is made if it is missing.

        When the connection is cut before the answer, the mail is looked for by its Message-ID.

        Raises:
            NotFound: the server took it, and does not tell where it is.
        """

        def put(wire: Wire) -> MailRef:
            return imap_moving.append(wire, self.account, self._target(wire, folder), (raw, flags, at))

        try:
            return await self._connection.run(put, again=False)
        except Unavailable:
            message_id = parse_headers(raw[:64_000]).message_id
            there = await self.by_message_id(message_id, folders=[folder]) if message_id else ()
            if not there:
                raise
            return there[0]

    async def flag(self, refs: Sequence[MailRef], add: frozenset[Flag], remove: frozenset[Flag]) -> None:
        """Change flags.

        Raises:
            NotFound: one of the mails is not there any more.
        """

        def change(opened: Opened, uids: Sequence[int]) -> list[MailRef | None]:
            check_there(opened, uids)
            if add:
                opened.wire.add_flags(uids, [FLAGS[flag] for flag in sorted(add)], silent=True)
            if remove:
                opened.wire.remove_flags(uids, [FLAGS[flag] for flag in sorted(remove)], silent=True)
            return []

        await self._connection.run(lambda wire: self._each_folder(wire, refs, change))

    async def move(self, refs: Sequence[MailRef], folder: str) -> Sequence[MailRef | None]:
        """Move mails; where they are then, None where the server does not tell. The folder is made if it is missing.

        Raises:
            NotFound: one of the mails is not there any more.
        """

        def carry(wire: Wire) -> list[MailRef | None]:
            target = self._target(wire, folder)

            def out_of(opened: Opened, uids: Sequence[int]) -> list[MailRef | None]:
                if opened.folder.at_server == target.at_server:
                    check_there(opened, uids)
                    return [opened.ref(uid) for uid in uids]
                return imap_moving.move(opened, uids, target)

            return self._each_folder(wire, refs, out_of)

        return await self._connection.run(carry, again=False)

    async def remove(self, ref: MailRef) -> None:
        """Delete one mail for good."""

        def delete(opened: Opened, uids: Sequence[int]) -> list[MailRef | None]:
            check_there(opened, uids)
            imap_moving.delete(opened, uids)
            return []

        await self._connection.run(lambda wire: self._each_folder(wire, [ref], delete), again=False)

    def changes(self, folder: str = "", /) -> AsyncGenerator[Changed]:
        """What changes in the inbox, on a connection of its own; in another folder as often as the inbox is polled."""
        if folder.casefold() in ("", "inbox"):
            return watch_inbox(self._account)
        return watch_folder(self._connection, folder)

    async def capabilities(self) -> Capabilities:
        """Connect, and say what is there.

        Raises:
            Unavailable: it cannot be reached, and why.
        """

        def ask(wire: Wire) -> tuple[list[str], bool]:
            self._known = list_folders(wire)
            return [name for name in _EXTENSIONS if wire.has_capability(name)], wire.has_capability("IDLE")

        names, push = await self._connection.run(ask)
        at = self._account.endpoint
        shown = f"IMAP at {at} ({'no encryption' if at.security == 'none' else 'TLS'}; {', '.join(names) or 'plain'})"
        return Capabilities(shown, tuple(await self.folders()), push=push)

    async def aclose(self) -> None:
        """Give up the connection."""
        await self._connection.aclose()

    def _folders(self, wire: Wire, *, fresh: bool = False) -> FolderList:
        if fresh or self._known is None:
            self._known = list_folders(wire)
        return self._known

    def _named(self, wire: Wire, name: str) -> ServerFolder:
        """A folder; asks again before it says that there is none."""
        return self._folders(wire).find(name) or self._folders(wire, fresh=True).named(name)

    def _searched(self, wire: Wire, name: str) -> Sequence[ServerFolder]:
        return self._folders(wire, fresh=True).searched(name)

    def _target(self, wire: Wire, name: str) -> ServerFolder:
        return self._folders(wire, fresh=True).find(name) or self._made(wire, name)

    def _made(self, wire: Wire, name: str) -> ServerFolder:
        made = new_folder(wire, self._folders(wire), name)
        self._known = None
        return made

    def _open(self, wire: Wire, folder: ServerFolder, *, to_change: bool = False) -> Opened:
        return open_folder(wire, self.account, folder, to_change=to_change)

    def _each_folder(
        self, wire: Wire, refs: Sequence[MailRef], work: Callable[[Opened, Sequence[int]], list[MailRef | None]]
    ) -> list[MailRef | None]:
        """Do something with mails, folder by folder; the results in the order of the references."""
        results: dict[MailRef, MailRef | None] = {}
        for name, some in _by_folder(refs):
            opened = self._open(wire, self._named(wire, name), to_change=True)
            done = work(opened, [opened.uid(ref) for ref in some])
            results |= dict(zip(some, done, strict=False))
        return [results[ref] for ref in refs if ref in results]


def _by_folder(refs: Sequence[MailRef]) -> list[tuple[str, list[MailRef]]]:
    ordered = sorted(dict.fromkeys(refs), key=lambda ref: ref.folder)
    return [(name, list(some)) for name, some in groupby(ordered, key=lambda ref: ref.folder)]
