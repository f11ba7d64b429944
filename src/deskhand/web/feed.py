"""What goes to open pages as it happens: numbered fragments, which a page that was cut off takes up where it was.

A fragment is one HTML element with an `id`; a page replaces what it has of that id, or else adds it to the container
that `data-into` names. So only the last version of an element matters, and a page that is slow to read gets that one:
what it missed in between costs neither memory nor time. An element that holds others brings them along, so older
versions of those are forgotten with it.
"""

import secrets
from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass

import anyio

KEPT = 4_000
"""Elements whose last version is remembered, for pages that come back."""
KEPT_CHARACTERS = 16 * 1024 * 1024
"""How long they are together at most; the newest is kept whatever its length."""
PAUSE_SECONDS = 0.04
"""Least time between two batches: a person sees no difference, and a stream of tokens becomes few updates."""
HEARTBEAT_SECONDS = 15.0
"""How often a silent stream says that it is alive, so that no proxy ends it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What to do next: `html` to put in, or all of it anew. Empty `html` is a heart-beat."""

    position: str
    """Where the page is after this; how it goes on after a cut."""
    html: str = ""
    stale: bool = False
    """The page is too far behind, or what drew it is no more: it must be loaded again."""


@dataclass(frozen=True, slots=True)
class _Fragment:
    first: int
    """When this element was put first: elements are added in this order, as containers come before what they hold."""
    last: int
    html: str


class Feed:
    """The fragments for one principal's pages. Every page reads at its own pace."""

    def __init__(self, kept: int = KEPT, characters: int = KEPT_CHARACTERS) -> None:
        self.readers = 0
        """Pages that follow it now."""
        self._epoch = secrets.token_hex(4)
        self._count = 0
        self._forgotten: dict[str, int] = {}
        """By topic, the newest number among its fragments that are no longer here."""
        self._kept = kept
        self._room = characters
        self._fragments: OrderedDict[tuple[str, str], _Fragment] = OrderedDict()
        """By topic and id: pages of two topics may have elements of the same id."""
        self._news = anyio.Event()
        self._closed = False
        self._comes_back = False

    @property
    def position(self) -> str:
        """Where a page stands that is drawn now."""
        return f"{self._epoch}.{self._count}"

    def put(self, topic: str, key: str, html: str, holds: Iterable[str] = ()) -> None:
        """Show the new version of an element (`key` is its id) on the pages that follow `topic`.

        `holds` are the ids of what is within it: a page that lags must not put an older version of them on top.
        """
        self._count += 1
        for held in holds:
            self._drop(topic, held)
        before = self._drop(topic, key)
        self._fragments[topic, key] = _Fragment(before.first if before else self._count, self._count, html)
        self._room -= len(html)
        while len(self._fragments) > self._kept or (self._room < 0 and len(self._fragments) > 1):
            (gone_from, _), gone = self._fragments.popitem(last=False)
            self._room += len(gone.html)
            self._forgotten[gone_from] = gone.last
        self._tell()

    def forget(self, topic: str) -> None:
        """Keep nothing of a topic that is no more: who follows it gets what is put after this."""
        for _, key in [place for place in self._fragments if place[0] == topic]:
            self._drop(topic, key)

    def close(self, *, comes_back: bool = False) -> None:
        """Nothing will come any more: every page that follows, now or later, must be loaded again.

        One whose process stops `comes_back`: its streams just end, as there is nothing to load now. Browsers try again
        until there is, and are told then.
        """
        self._closed, self._comes_back = True, comes_back
        self._tell()

    async def follow(self, topics: Collection[str], position: str) -> AsyncGenerator[Batch]:
        """What came after `position`, and what comes, on these topics, until the feed is closed."""
        number = self._number(position)
        if number is None:
            yield Batch(self.position, stale=True)
            return
        self.readers += 1
        try:
            async with aclosing(self._follow(topics, number)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self.readers -= 1

    async def _follow(self, topics: Collection[str], at: int) -> AsyncGenerator[Batch]:
        while True:
            news = self._news
            html = self._since(at, topics)
            if (self._closed and not self._comes_back) or any(at < self._forgotten.get(topic, 0) for topic in topics):
                yield Batch(self.position, stale=True)
                return
            at = self._count
            if html:
                yield Batch(self.position, html)
            if self._closed:
                return
            if html:
                await anyio.sleep(PAUSE_SECONDS)
                continue
            with anyio.move_on_after(HEARTBEAT_SECONDS) as waiting:
                await news.wait()
            if waiting.cancelled_caught:
                yield Batch(f"{self._epoch}.{at}")

    def _since(self, at: int, topics: Collection[str]) -> str:
        newer: list[_Fragment] = []
        for (topic, _), fragment in reversed(self._fragments.items()):
            if fragment.last <= at:
                break
            if topic in topics:
                newer.append(fragment)
        return "".join(fragment.html for fragment in sorted(newer, key=lambda one: one.first))

    def knows(self, position: str) -> bool:
        """Whether a page that stands there can go on."""
        return not self._closed and self._number(position) is not None

    def _number(self, position: str) -> int | None:
        """Where a page stands; None if it does not stand on this feed."""
        epoch, _, number = position.partition(".")
        if epoch != self._epoch or not number.isdecimal() or len(number) > 18 or int(number) > self._count:
            return None
        return int(number)

    def _drop(self, topic: str, key: str) -> _Fragment | None:
        before = self._fragments.pop((topic, key), None)
        if before is not None:
            self._room += len(before.html)
        return before

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()
