"""The bar that says who is there, and the news of servers: told once, not in floods."""

from pathlib import Path
from typing import get_args

import pytest
from tests.web.place import open_site
from tests.web.servers_place import state_of, with_shop

from deskhand.host.connection_state import ServerState, State
from deskhand.host.events import ConnectionChanged
from deskhand.models.script import Step
from deskhand.web.presence import QUIET_SECONDS, WORDS, Presence

pytestmark = pytest.mark.anyio


class Pages:
    """What pages are shown, the clock, and how things stand."""

    def __init__(self) -> None:
        self.news: list[str] = []
        self.bars = 0
        self.now = 0.0
        self.states: dict[str, State] = {}
        self.at_work = False
        self.presence = Presence(self._show, self._servers, lambda: self.at_work, lambda: self.now)

    def change(self, server: str, state: State) -> None:
        """A connection goes over into a state."""
        self.states[server] = state
        self.presence.changed(ConnectionChanged(server=server, state=state))

    def _servers(self) -> list[ServerState]:
        return [ServerState(name, state) for name, state in self.states.items()]

    def _show(self, _topic: str, key: str, _template: str, **context: object) -> None:
        if key == "presence":
            self.bars += 1
        else:
            self.news.append(str(context["text"]))


def test_a_server_that_connects_for_the_first_time_is_no_news() -> None:
    pages = Pages()
    pages.change("shop", "connecting")
    pages.change("shop", "ready")
    assert (pages.news, pages.bars) == ([], 2)


@pytest.mark.parametrize("trouble", ["healing", "failed", "needs_sign_in"])
def test_trouble_is_told_and_so_is_its_end(trouble: State) -> None:
    pages = Pages()
    pages.change("shop", trouble)
    pages.change("shop", "ready")
    told, back = pages.news
    assert told.startswith("shop ")
    assert back == "shop is back."


def test_a_server_that_comes_and_goes_is_told_once_per_state_for_a_while() -> None:
    pages = Pages()
    flaps: list[State] = ["healing", "ready"]
    for state in flaps * 50:
        pages.now += QUIET_SECONDS / 200
        pages.change("shop", state)
    assert len(pages.news) == 2
    pages.now += QUIET_SECONDS
    pages.change("shop", "healing")
    assert len(pages.news) == 3


def test_the_news_of_one_server_does_not_silence_another() -> None:
    pages = Pages()
    pages.change("shop", "failed")
    pages.change("bank", "failed")
    assert [text.split()[0] for text in pages.news] == ["shop", "bank"]


def test_the_bar_is_drawn_only_when_it_would_look_different() -> None:
    pages = Pages()
    pages.change("shop", "ready")
    pages.presence.draw()
    assert pages.bars == 1
    pages.at_work = True
    pages.presence.draw()
    assert pages.bars == 2


def test_every_state_has_a_word_of_its_own() -> None:
    words = [word for word, _ in WORDS.values()]
    assert len(set(words)) == len(words) == len(get_args(State))


async def test_the_bar_is_on_every_page_with_each_server(tmp_path: Path) -> None:
    async with with_shop(tmp_path) as place:
        page = await place.browser.get("/chat")
        bar = page[page.index('<ul id="presence"') : page.index("</ul>", page.index('<ul id="presence"'))]
        assert bar.count('<span class="dot ok"') == 2
        assert "shop</a> <span>ready</span>" in bar


async def test_pages_hear_that_a_server_failed_and_which_row_changed(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        position = desk.feed.position
        await place.browser.post("/servers/new", name="gone", target="http://127.0.0.1:9/mcp")
        await state_of(place, "gone", "failed")
        batch = await anext(desk.feed.follow(("presence", "servers"), position))
        assert 'id="news-gone" data-into="toasts"' in batch.html
        assert 'id="server-gone" data-into="servers"' in batch.html
        assert 'id="presence" data-into="more"' in batch.html


async def test_the_bar_says_while_the_assistant_is_at_work(tmp_path: Path) -> None:
    async with open_site(tmp_path, [Step(text="ok")]) as place:
        desk = await place.desk()
        bars: list[bool] = []

        def shown(_topic: str, _key: str, _template: str, **_context: object) -> None:
            bars.append(desk.rooms.at_work)

        desk.presence = Presence(shown, list[ServerState], lambda: desk.rooms.at_work)
        await place.browser.post("/chat", text="Hello")
        await place.until(lambda: len(bars) == 2)
        assert bars == [True, False]


async def test_what_one_part_of_the_pages_cannot_show_the_others_do_and_nothing_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()

        def broken(_: Presence, __: ConnectionChanged) -> None:
            raise ValueError("The template has a fault.")

        monkeypatch.setattr(Presence, "changed", broken)
        position = desk.feed.position
        await desk.connections.restart("deskhand")
        await place.until(lambda: "The template has a fault." in caplog.text)
        async for batch in desk.feed.follow({"servers"}, position):
            assert "server-deskhand" in batch.html
            break
        await state_of(place, "deskhand", "ready")
        assert await place.desk() is desk
