"""What the page costs: bytes to begin with, CPU while an answer is written, and a long conversation.

    python -m bench.page

In process, with a scripted model; what Chromium makes of it is measured by `bench.page_browser`.
"""

import re
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.host import history, turn
from bench.server import Row
from tests.web.place import Place, open_site

from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.conversation import Conversation
from deskhand.models.script import Step
from deskhand.principal import LOCAL
from deskhand.store.database import Database
from deskhand.web.desk import Desk
from deskhand.web.draw import Draw
from deskhand.web.live import events
from deskhand.web.pieces import Piece
from deskhand.web.room import Room

BUDGET_BYTES = 150_000
PIECES = 400
"""Of the streamed answer: what a model calls tokens."""
PIECE_CHARACTERS = 5
PIECE_SECONDS = 0.01
"""Between two of them: a fast model. What is drawn is drawn by the clock, so a faster one would look cheaper."""
PAGES = (0, 1, 5)
MESSAGES = 2_000
TIMES = 3
"""How often each is measured; the least counts, because the machine has other work."""
SETTLE_SECONDS = 0.2
"""After a turn, for the last of it to reach its pages."""
_STATIC = re.compile(r'(?:src|href)="(/static/[^"]+)"')
_ANSWER = """\
It rains in **Lisbon** on Friday, so the museum is the better plan; the castle can wait until Saturday.

- The *tile museum* opens at ten, and is closed on Mondays.
- Tram 28 goes there, though it is `full` by eleven.

Buy the tickets before you go: the queue at the door is long, and there is no roof above it.

"""


async def first_page(place: Place) -> int:
    """Bytes of the bodies of the page that somebody sees first, and of every file that it names."""
    page = await place.browser.client.get("/chat")
    names = sorted(set(_STATIC.findall(page.text)))
    assert names, page.text
    files = [await place.browser.client.get(name) for name in names]
    assert {answer.status_code for answer in (page, *files)} == {200}
    return sum(len(answer.content) for answer in (page, *files))


def answer(pieces: int) -> Step:
    """A text of several paragraphs, in so many pieces, as often as it is asked for."""
    length = pieces * PIECE_CHARACTERS
    text = (_ANSWER * (length // len(_ANSWER) + 1))[:length]
    return Step(text=text, chunk=PIECE_CHARACTERS, delay=PIECE_SECONDS, times=None)


class _News:
    """The desk's own, which also notes when a turn is over."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.over = anyio.Event()

    def put(self, room: Room, piece: Piece) -> None:
        self._desk.put(room, piece)

    async def changed(self, room: Room) -> None:
        await self._desk.changed(room)
        if not room.busy:
            self.over.set()

    async def ready_servers(self, seconds: float) -> None:
        await self._desk.ready_servers(seconds)


def _chat(desk: Desk) -> Chat:
    around = desk.around
    assert around.model is not None
    options = ChatOptions(database=around.database)
    return Chat(around.model, connections=desk.connections, settings=around.settings, options=options)


async def alone(desk: Desk) -> float:
    """Seconds of CPU of a turn that nobody draws."""
    async with _chat(desk) as chat:

        async def one() -> None:
            await turn(chat, "And?")
            await anyio.sleep(SETTLE_SECONDS)

        return await _least(one)


async def shown(desk: Desk, pages: int) -> tuple[float, int]:
    """Seconds of CPU of the same turn in a room, drawn for so many pages; and bytes of the stream of each.

    Each page reads the text of its stream; sending it through a socket is left out.
    """
    news = _News(desk)
    room = Room(_chat(desk), news)
    streamed = [0] * pages

    async def read(page: int) -> None:
        async for text in events(desk.feed, frozenset({room.id}), desk.feed.position):
            streamed[page] += len(text.encode())

    async def one() -> None:
        news.over = anyio.Event()
        room.say("And?")
        await news.over.wait()
        await anyio.sleep(SETTLE_SECONDS)

    spent = 0.0
    async with anyio.create_task_group() as tasks:
        await tasks.start(room.run)
        for page in range(pages):
            tasks.start_soon(read, page)
        spent = await _least(one)
        tasks.cancel_scope.cancel()
    return spent, min(streamed, default=0) // TIMES


async def _least(job: Callable[[], Awaitable[object]]) -> float:
    """Seconds of CPU, all threads together, of the cheapest run."""
    spent: list[float] = []
    for _ in range(TIMES):
        started = time.process_time()
        await job()
        spent.append(time.process_time() - started)
    return min(spent)


@asynccontextmanager
async def long_conversation(folder: Path, messages: int) -> AsyncGenerator[tuple[Place, str]]:
    """A site with a conversation of so many messages, which is not open yet, and its id."""
    async with open_site(folder, [Step(text="Yes.", times=None)]) as place:
        yield place, await write_history(place.site.desks.around.database, messages)


async def write_history(database: Database, messages: int) -> str:
    """Keep a conversation of the owner; gives its id."""
    conversation = Conversation(database, LOCAL.subject)
    for message in history(messages):
        await conversation.append(message)
    return conversation.id


async def first_and_again(place: Place, name: str) -> tuple[float, float, int]:
    """Seconds of CPU of a conversation's page when it has to be opened, and when it is open; and bytes of the page."""
    desk = await place.desk()
    size = 0

    async def load() -> None:
        nonlocal size
        page = await place.browser.client.get(f"/chat/{name}")
        assert page.status_code == 200, page.text
        size = len(page.content)

    await load()  # templates are compiled once
    again = await _least(load)
    opened: list[float] = []
    for _ in range(TIMES):
        assert await desk.rooms.close(name)
        started = time.process_time()
        await load()
        opened.append(time.process_time() - started)
    return min(opened), again, size


async def all_at_once(place: Place, name: str) -> tuple[float, int]:
    """Seconds of CPU of drawing every turn of an open conversation, and bytes of that."""
    desk = await place.desk()
    room = await desk.room(name)
    draws = Draw()
    size = 0

    async def draw() -> None:
        nonlocal size
        html = [draws.piece(each) for each in room.scene.turns]
        size = sum(len(each.encode()) for each in html)

    return await _least(draw), size


async def _first_page_rows() -> list[Row]:
    with TemporaryDirectory() as folder:
        async with open_site(Path(folder), [answer(1)]) as place:
            size = await first_page(place)
    beside = f"{size / BUDGET_BYTES:.2f} x the budget of {BUDGET_BYTES / 1e3:.0f} KB"
    return [Row("first page with all its files", f"{size / 1e3:.0f} KB", beside)]


async def _streaming_rows() -> list[Row]:
    with TemporaryDirectory() as folder:
        async with open_site(Path(folder), [answer(PIECES)]) as place:
            desk = await place.desk()
            bare = await alone(desk)
            each = [await shown(desk, pages) for pages in PAGES]
    rows = [Row("a streamed token: Chat.send alone", _per_token(bare))]
    for pages, (spent, sent) in zip(PAGES, each, strict=True):
        beside = f"{spent / bare:.2f} x that" + (f"; {sent / PIECES:.0f} bytes a token to each" if pages else "")
        rows.append(Row(f"a streamed token, open pages: {pages}", _per_token(spent), beside))
    return rows


def _per_token(seconds: float) -> str:
    return f"{seconds / PIECES * 1e6:,.0f} µs CPU"


async def _long_rows() -> list[Row]:
    with TemporaryDirectory() as folder:
        async with long_conversation(Path(folder), MESSAGES) as (place, name):
            opened, again, size = await first_and_again(place, name)
            whole, bytes_of_all = await all_at_once(place, name)
    return [
        Row(f"{MESSAGES:,} messages: drawing all turns", f"{whole * 1e3:,.0f} ms CPU", f"{bytes_of_all / 1e3:,.0f} KB"),
        Row("its page, the first time", f"{opened * 1e3:,.0f} ms CPU", f"{opened / whole:.2f} x that"),
        Row("its page, again", f"{again * 1e3:,.0f} ms CPU", f"{again / whole:.2f} x that"),
        Row("bytes of its page", f"{size / 1e3:,.0f} KB", f"{size / bytes_of_all:.2f} x that"),
    ]


def _browser_rows() -> list[Row]:
    if find_spec("playwright") is not None:
        from tests.browser.harness import PROGRAMS

        from bench import page_browser

        if any(map(shutil.which, PROGRAMS)):
            return page_browser.rows()
    return [Row("the page in Chromium", "not measured", "Chromium or playwright is not installed")]


def rows() -> list[Row]:
    """All of it."""
    measured: list[Row] = []
    for part in (_first_page_rows, _streaming_rows, _long_rows):
        measured += anyio.run(part)
    return [*measured, *_browser_rows()]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what:<44} {row.value:>14}   {row.goal}")
