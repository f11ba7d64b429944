"""The local mailbox: mails as files on this machine, for who has no account; other programs may use it, too."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from anyio import to_thread
from watchfiles import Change, awatch  # pyright: ignore[reportUnknownVariableType] # trio has no types here

from deskhand.errors import LimitExceeded, NotFound
from deskhand.mail.folder_names import role_of
from deskhand.mail.mailbox import LISTENING, Capabilities, Changed, Envelope, Flag, Folder, MailRef, Page, Role
from deskhand.mail.maildir_files import Place
from deskhand.mail.maildir_index import MaildirIndex, Stored, received
from deskhand.mail.maildir_tree import INBOX, MaildirTree
from deskhand.mail.matching import matches
from deskhand.mail.query import Query

_T = TypeVar("_T")
_CHUNK = 200
"""Mails that are looked at before a search may be cancelled."""
_SEARCH_SECONDS = 20.0
_MOST_RELATED = 500
_TURN_MS = 300
"""Longest time until a watcher that is given up ends: it waits for events in a thread."""


class Maildir:
    """A mailbox below `root`, which is made when it is missing. Each process of the machine may use it at once."""

    def __init__(self, account: str, root: Path, *, search_seconds: float = _SEARCH_SECONDS) -> None:
        self.account = account
        self._tree = MaildirTree(root)
        self._index = MaildirIndex()
        self._search_seconds = search_seconds
        self._made = False

    async def folders(self) -> Sequence[Folder]:
        """All folders, those with a role first."""
        return await self._run(lambda: [self._counted(name) for name in self._tree.names()])

    async def folder_for(self, role: Role, *, create: bool = False) -> str:
        """The name of the folder with this role.

        Raises:
            NotFound: there is none, and it is not to be made.
        """
        name = self._tree.name_of(role)
        if not name:
            raise NotFound(f"The local mailbox has no folder for {role or 'no role'!r}.")
        await self._run(lambda: self._tree.folder(name, create=create))
        return name

    async def search(self, query: Query, *, offset: int, limit: int) -> Page:
        """Mails that match, newest first. Every 200 mails it may be cancelled; after 20 s it gives what it has."""
        mails = await self._run(lambda: self._newest_first(self._where(query.folder)))
        if query == Query(folder=query.folder, zone=query.zone):
            page = mails[offset : offset + limit]
            return Page(tuple(await self._run(lambda: self._lines(page))), len(mails))
        found: list[MailRef] = []
        deadline = time.monotonic() + self._search_seconds
        for start in range(0, len(mails), _CHUNK):
            chunk = mails[start : start + _CHUNK]
            found += await self._run(lambda chunk=chunk: self._matching(query, chunk))
            if time.monotonic() > deadline and start + _CHUNK < len(mails):
                return await self._page(found, offset, limit, at_least=True)
        return await self._page(found, offset, limit)

    async def raw(self, ref: MailRef, *, max_bytes: int) -> bytes:
        """The whole mail. It is not marked as read.

        Raises:
            NotFound: it is not there any more.
            LimitExceeded: it is larger.
        """

        def read() -> bytes:
            with self._tree.folder(ref.folder).place(ref.uid).path.open("rb") as file:
                return file.read(max_bytes + 1)

        raw = await self._run(read)
        if len(raw) > max_bytes:
            raise LimitExceeded(f"The mail is larger than the {max_bytes:,} bytes that may be read at once.")
        return raw

    async def envelopes(self, refs: Sequence[MailRef]) -> Sequence[Envelope]:
        """The lines of these mails that are still there."""
        return await self._run(lambda: self._lines(refs))

    async def by_message_id(self, message_id: str, *, folders: Sequence[str] = ()) -> Sequence[MailRef]:
        """Where mails with this Message-ID are, in these folders or in all."""
        names = folders or await self._run(self._tree.names)
        wanted = Query(message_id=message_id)
        found: list[MailRef] = []
        for name in names:
            page = await self.search(replace(wanted, folder=name), offset=0, limit=_MOST_RELATED)
            found += [envelope.ref for envelope in page.envelopes]
        return found

    async def related(self, message_ids: Sequence[str]) -> Sequence[Envelope]:
        """Mails of all folders (without trash and junk) that have, or refer to, one of these Message-IDs."""
        wanted = frozenset(message_ids)
        mails = await self._run(lambda: self._newest_first(self._where("")))
        found: list[MailRef] = []
        for start in range(0, len(mails), _CHUNK):
            chunk = mails[start : start + _CHUNK]
            found += await self._run(lambda chunk=chunk: self._chosen(lambda mail: _refers(mail, wanted), chunk))
        return await self.envelopes(found[:_MOST_RELATED])

    async def append(self, folder: str, raw: bytes, flags: frozenset[Flag], at: datetime) -> MailRef:
        """Put a mail into a folder, which is made if it is missing. On disk when this returns."""

        def deliver() -> MailRef:
            target = self._tree.folder(folder, create=True)
            return MailRef(self.account, self._named(folder), target.deliver(raw, flags, at))

        return await self._run(deliver)

    async def flag(self, refs: Sequence[MailRef], add: frozenset[Flag], remove: frozenset[Flag]) -> None:
        """Change flags.

        Raises:
            NotFound: one of the mails is not there any more; nothing was changed.
        """

        def change() -> None:
            self._check(refs)
            for ref in refs:
                self._tree.folder(ref.folder).flag(ref.uid, add, remove)

        await self._run(change)

    async def move(self, refs: Sequence[MailRef], folder: str) -> Sequence[MailRef]:
        """Move mails; where they are then. The folder is made if it is missing.

        Raises:
            NotFound: one of the mails is not there any more; nothing was moved.
        """

        def move() -> list[MailRef]:
            self._check(refs)
            target = self._tree.folder(folder, create=True)
            for ref in refs:
                self._tree.folder(ref.folder).move(ref.uid, target)
            return [replace(ref, folder=self._named(folder)) for ref in refs]

        return await self._run(move)

    async def remove(self, ref: MailRef) -> None:
        """Delete one mail for good."""
        await self._run(lambda: self._tree.folder(ref.folder).remove(ref.uid))

    async def changes(self, _folder: str = "", /) -> AsyncGenerator[Changed]:
        """`LISTENING`, then what changes in any folder, told by the file system."""
        await self._run(lambda: None)
        seen = await self._run(lambda: {uid for name in self._tree.names() for uid in self._places(name)})
        listens = False
        async with aclosing(self._events()) as watched:
            async for events in watched:
                if not listens:
                    listens = True
                    yield LISTENING
                touched: dict[str, set[str]] = {}
                for _kind, path in events:
                    folder, uid = self._touched(Path(path))
                    if folder:
                        touched.setdefault(folder, set()).add(uid)
                added = {self._touched(Path(path))[1] for kind, path in events if kind is Change.added} - seen
                for folder, uids in sorted(touched.items()):
                    seen |= uids
                    yield Changed(folder, tuple(sorted(uids)), new=bool(uids & added))

    def _events(self) -> AsyncGenerator[set[tuple[Change, str]]]:
        """What the file system tells, or nothing every `_TURN_MS`, from when it is watched."""
        return awatch(
            self._tree.root,
            debounce=200,
            step=20,
            rust_timeout=_TURN_MS,
            yield_on_timeout=True,
            watch_filter=None,
        )

    async def capabilities(self) -> Capabilities:
        """What is there."""
        return Capabilities("a mailbox on this machine", tuple(await self.folders()), push=True)

    async def aclose(self) -> None:
        """Nothing is held open."""

    async def _run(self, work: Callable[[], _T]) -> _T:
        """In a thread, after the folders were made."""
        return await to_thread.run_sync(self._prepared, work)

    def _prepared(self, work: Callable[[], _T]) -> _T:
        if not self._made:
            self._tree.make()
            self._made = True
        return work()

    def _where(self, folder: str) -> list[str]:
        """The folders that `in:` names."""
        if folder.casefold() == "all":
            return self._tree.names()
        if folder:
            return [self._named(folder)]
        return [name for name in self._tree.names() if role_of(name) not in ("trash", "junk")]

    def _named(self, folder: str) -> str:
        """The name of an existing folder, given by name or by role."""
        known = {name.casefold(): name for name in self._tree.names()}
        by_role = {role_of(name): name for name in reversed(self._tree.names())}
        name = known.get(folder.casefold()) or by_role.get(folder.casefold())  # type: ignore[arg-type]
        if name is None:
            raise NotFound(f"There is no folder {folder!r}; there are {', '.join(known.values())}.")
        return name

    def _places(self, folder: str) -> dict[str, Place]:
        return self._tree.folder(folder).places()

    def _newest_first(self, folders: Sequence[str]) -> list[tuple[MailRef, Place]]:
        found = [
            (received(place), MailRef(self.account, name, uid), place)
            for name in folders
            for uid, place in self._places(name).items()
        ]
        found.sort(key=lambda mail: (mail[0], mail[1].uid), reverse=True)
        return [(ref, place) for _, ref, place in found]

    def _matching(self, query: Query, mails: Sequence[tuple[MailRef, Place]]) -> list[MailRef]:
        return self._chosen(lambda mail: matches(query, mail), mails)

    def _chosen(self, wanted: Callable[[Stored], bool], mails: Sequence[tuple[MailRef, Place]]) -> list[MailRef]:
        chosen: list[MailRef] = []
        for ref, place in mails:
            with suppress(FileNotFoundError):  # moved or deleted while the search goes on
                if wanted(self._index.stored(ref.uid, place)):
                    chosen.append(ref)
        return chosen

    async def _page(self, found: Sequence[MailRef], offset: int, limit: int, *, at_least: bool = False) -> Page:
        return Page(tuple(await self.envelopes(found[offset : offset + limit])), len(found), at_least)

    def _lines(self, refs: Sequence[MailRef] | Sequence[tuple[MailRef, Place]]) -> list[Envelope]:
        wanted = [one if isinstance(one, MailRef) else one[0] for one in refs]
        places = {name: self._places(name) for name in {ref.folder for ref in wanted} & set(self._tree.names())}
        lines: list[Envelope] = []
        for ref in wanted:
            place = places.get(ref.folder, {}).get(ref.uid)
            if place is not None:
                with suppress(FileNotFoundError):
                    lines.append(self._index.stored(ref.uid, place).envelope(ref))
        return lines

    def _check(self, refs: Sequence[MailRef]) -> None:
        for ref in refs:
            self._tree.folder(ref.folder).place(ref.uid)

    def _counted(self, name: str) -> Folder:
        places = self._places(name)
        return Folder(name, role_of(name), len(places), sum("seen" not in place.flags for place in places.values()))

    def _touched(self, path: Path) -> tuple[str, str]:
        """The folder and the mail a file belongs to; empty for what is not a mail."""
        if path.parent.name not in ("new", "cur"):
            return "", ""
        above = path.parent.parent
        name = INBOX if above == self._tree.root else above.name[1:].replace(".", "/")
        return name, path.name.partition(":2,")[0]


def _refers(mail: Stored, wanted: frozenset[str]) -> bool:
    headers = mail.headers
    return not wanted.isdisjoint((headers.message_id, headers.in_reply_to, *headers.references))
