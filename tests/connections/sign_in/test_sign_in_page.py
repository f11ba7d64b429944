"""Signing in to a remote server from the web page: no browser is opened, the page links to where to sign in."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
from tests.web.place import open_site
from tests.web.servers_place import state_of

from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.sign_in import SignIn

pytestmark = pytest.mark.anyio

LINK = re.compile(r'<a href="([^"]+)"[^>]*>Open its sign-in page</a>')


def opens_nothing(_url: str) -> None:
    """The browser is the person's, perhaps on another machine."""


async def test_the_page_links_to_the_sign_in_and_is_ready_after_it(place: Any, tmp_path: Path) -> None:
    sign_in = sign_in_with(SignIn(place.tokens, opens_nothing))
    async with open_site(tmp_path, servers=[place.spec], sign_in=sign_in) as site:
        await state_of(site, "guarded", "needs_sign_in")
        found = LINK.search(await site.browser.get("/servers/named/guarded"))
        assert found is not None
        assert found[1].startswith(f"{place.authority.issuer}/authorize?")
        await anyio.to_thread.run_sync(place.browse, unescape(found[1]))
        await state_of(site, "guarded", "ready")
        page = await site.browser.get("/servers/named/guarded")
        assert "sign-in page" not in page
        assert "change" in page


async def test_who_took_too_long_can_begin_again(place: Any, tmp_path: Path) -> None:
    sign_in = sign_in_with(SignIn(place.tokens, opens_nothing, seconds=0.05))
    async with open_site(tmp_path, servers=[place.spec], sign_in=sign_in) as site:
        desk = await site.desk()
        await site.until(lambda: "Nobody signed in" in desk.connections.states()[1].detail)
        page = await site.browser.get("/servers/named/guarded")
        assert "Nobody signed in within 0.05 s." in page
        assert "Sign in</button>" in page
        position = desk.feed.position
        await site.browser.post("/servers/named/guarded/restart")
        batch = await anext(desk.feed.follow(("server:guarded",), position))
        assert 'id="panel-guarded"' in batch.html
