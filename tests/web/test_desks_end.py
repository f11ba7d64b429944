"""A desk ends, with what runs there, when nobody is signed in at it any more; and not before."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.web.place import ADDRESS, Browser, Place, open_site
from tests.web.questions_place import READS, Peer, calls, site

from deskhand.context.message import ToolResult
from deskhand.errors import Unavailable
from deskhand.host.conversation import Conversation
from deskhand.host.servers import ServerSpec
from deskhand.models.script import Step
from deskhand.principal import Principal
from deskhand.server.tokens import BearerTokens, InnerTokens
from deskhand.store.tokens import Token, Tokens
from deskhand.store.visits import Visits
from deskhand.web.desk import Desk
from deskhand.web.desks import Desks
from deskhand.web.draw import Draw

pytestmark = pytest.mark.anyio
ANN = Principal("ann", "page")
WORKS = [calls(("work", {"n": 1})), calls(("work", {"n": 2})), calls(("work", {"n": 3})), Step(text="Done.")]


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for what happens every two seconds."""
    monkeypatch.setattr("deskhand.web.desks.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("deskhand.web.access.REMEMBER_SECONDS", 0.0)


class Worker(Peer):
    """The second of its calls waits for `gate`."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = anyio.Event()
        self.waits = anyio.Event()

        async def work(n: int) -> str:
            """Work."""
            if n == 2:
                self.waits.set()
                await self.gate.wait()
            self.done.append(f"work {n}")
            return f"worked {n}"

        self.server.add_tool(work, annotations=READS)


@asynccontextmanager
async def ann_in(place: Place) -> AsyncGenerator[tuple[Browser, Token]]:
    """A browser that ann signed in with a token of its own."""
    secret, token = Tokens(place.site.desks.around.database).create("ann", scopes=["*"])
    transport = httpx2.ASGITransport(app=place.site.app)
    async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        browser = Browser(client)
        await client.post("/login", data={"token": secret}, headers={"Origin": ADDRESS})
        await browser.get("/chat")
        yield browser, token


async def desk_of_ann(place: Place) -> Desk:
    """Her desk, without signing her in."""
    return await place.site.desks.of(ANN)


def looks_for_ann(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each look whether she is signed in."""
    looks: list[str] = []
    ways_in = Visits.ways_in

    def noted(self: Visits, subject: str) -> list[tuple[frozenset[str], str | None]]:
        looks.extend([subject] if subject == ANN.subject else [])
        return ways_in(self, subject)

    monkeypatch.setattr(Visits, "ways_in", noted)
    return looks


async def revoke(place: Place, _: Browser, token: Token) -> None:
    Tokens(place.site.desks.around.database).revoke(token.id)


async def sign_out(_: Place, browser: Browser, __: Token) -> None:
    assert (await browser.post("/logout")).status_code == 204


async def sign_out_everywhere(place: Place, _: Browser, __: Token) -> None:
    Visits(place.site.desks.around.database).end_all("ann")


ENDS: Mapping[str, Callable[[Place, Browser, Token], Awaitable[None]]] = {
    "its token is revoked": revoke,
    "its browser signs out": sign_out,
    "all browsers are signed out": sign_out_everywhere,
}


@pytest.mark.parametrize("case", ENDS)
async def test_a_turn_of_whom_nobody_is_signed_in_makes_no_more_calls_and_keeps_what_it_has(
    case: str, tmp_path: Path
) -> None:
    peer = Worker()
    async with site(tmp_path, peer, WORKS) as place, ann_in(place) as (browser, token):
        name = (await browser.post("/chat", text="go")).headers["hx-redirect"].removeprefix("/chat/")
        room = (await desk_of_ann(place)).rooms.open[name]
        await peer.waits.wait()
        await ENDS[case](place, browser, token)
        await place.until(lambda: room.is_over)
        peer.gate.set()
        async with ann_in(place) as (again, _):
            assert "worked 1" in await again.get(f"/chat/{name}")
        kept = await Conversation.resume(place.site.desks.around.database, "ann", name)
        results = [block for each in await kept.messages() for block in each.content if isinstance(block, ToolResult)]
        assert len(results) == 2
        assert "work 3" not in peer.done


async def test_a_turn_goes_on_while_no_page_is_open_and_while_another_browser_is_signed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = Worker()
    async with site(tmp_path, peer, WORKS) as place, ann_in(place) as (browser, token), ann_in(place):
        name = (await browser.post("/chat", text="go")).headers["hx-redirect"].removeprefix("/chat/")
        desk = await desk_of_ann(place)
        room = desk.rooms.open[name]
        await peer.waits.wait()
        await revoke(place, browser, token)
        looks = looks_for_ann(monkeypatch)
        await place.until(lambda: len(looks) > 3)
        peer.gate.set()
        await place.until(lambda: not room.busy)
        assert peer.done == ["work 1", "work 2", "work 3"]
        assert await desk_of_ann(place) is desk


async def test_a_question_that_waited_is_asked_of_who_signs_in_again(tmp_path: Path) -> None:
    async with (
        site(tmp_path, Peer(), [calls(("paint", {"colour": "red"}))]) as place,
        ann_in(place) as (browser, token),
    ):
        await browser.post("/chat", text="go")
        first = await desk_of_ann(place)
        await place.until(lambda: bool(first.tray.waiting))
        await revoke(place, browser, token)
        await place.until(lambda: not first.tray.waiting)
        async with ann_in(place):
            second = await desk_of_ann(place)
            assert second is not first
            await place.until(lambda: bool(second.tray.waiting))


async def test_what_a_desk_holds_of_its_servers_is_let_go_when_it_ends_and_no_trouble_of_the_look_ends_it(
    tmp_path: Path,
) -> None:
    held: list[Principal] = []
    answers = [True, Unavailable("The database is busy."), OSError("The disk is gone."), True]

    @contextmanager
    def servers_for(who: Principal) -> Generator[Sequence[ServerSpec]]:
        held.append(who)
        yield []
        held.remove(who)

    async def is_in(_: Principal) -> bool:
        answer = answers.pop(0) if answers else False
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with open_site(tmp_path) as place:
        desks = Desks(place.site.desks.around, servers_for, Draw())
        async with desks.running(is_in):
            await desks.of(ANN)
            assert held == [ANN]
            await place.until(lambda: not held)
            assert not answers


async def test_a_token_of_this_process_is_nothing_after_what_it_was_for(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        inner = InnerTokens(BearerTokens(Tokens(place.site.desks.around.database), subject="local"))
        with inner.minted(ANN) as secret:
            found = await inner.verify_token(secret)
            assert found is not None
            assert found.subject == "ann"
        assert await inner.verify_token(secret) is None
