"""Who may change the servers on the page, and what runs unasked: what an access token may not."""

from pathlib import Path

import pytest
from tests.web.place import open_site
from tests.web.servers_place import COMMAND, ENTRY, entries, state_of, tools_of, with_shop, write

from deskhand.host.connection_state import SIGN_IN_PAGE, ServerState
from deskhand.host.servers import ServerSpec
from deskhand.principal import LOCAL, Principal
from deskhand.web.draw import Draw
from deskhand.web.servers_view import server_view

pytestmark = pytest.mark.anyio

REFUSED: list[tuple[str, dict[str, str]]] = [
    ("/servers/new", {"name": "x", "target": COMMAND}),
    ("/servers/new/name", {"target": COMMAND}),
    ("/servers/import", {"from": "cursor", "server": "x"}),
    ("/servers/named/shop/edit", {"target": COMMAND}),
    ("/servers/named/shop/switch", {"on": "1"}),
    ("/servers/named/shop/trust", {"on": "1"}),
    ("/servers/named/shop/tools", {"on": "1", "tool": "x"}),
    ("/servers/named/shop/remove", {}),
]


async def test_a_token_of_the_owner_starts_no_program(tmp_path: Path) -> None:
    async with with_shop(tmp_path) as place:
        before = entries(tmp_path)
        await place.sign_in_as(LOCAL)
        page = await place.browser.get("/servers")
        assert 'id="server-shop"' in page
        assert "deskhand link" in page
        assert 'href="/servers/new"' not in page
        for path in ("/servers/new", "/servers/import", "/servers/named/shop/edit"):
            assert (await place.browser.client.get(path)).status_code == 403
        for path, form in REFUSED:
            answer = await place.browser.post(path, **form)
            assert (answer.status_code, "Sign in by a link" in answer.text) == (403, True), path
        assert entries(tmp_path) == before


async def test_a_token_of_the_owner_may_stop_things(tmp_path: Path) -> None:
    async with with_shop(tmp_path, trusted=True) as place:
        await place.sign_in_as(LOCAL)
        assert (await place.browser.post("/servers/named/shop/trust")).status_code == 204
        assert (await place.browser.post("/servers/named/shop/switch")).status_code == 204
        assert await tools_of(place, "shop") == []
    assert entries(tmp_path) == {"shop": {**ENTRY, "disabled": True}}


@pytest.mark.parametrize("scopes", [{"conversations:*", "files:*"}, {"*:read", "*:write"}])
async def test_a_token_for_less_neither_sees_nor_revokes_standing_permissions(tmp_path: Path, scopes: set[str]) -> None:
    async with with_shop(tmp_path) as place:
        desk = await place.desk()
        await desk.consent.grant(next(each for each in desk.connections.tools() if each.server == "shop"), "tool")
        (permission,) = desk.board.permissions()
        assert permission.grant.endpoint in await place.browser.get("/servers/named/shop")
        await place.sign_in_as(Principal(LOCAL.subject, scopes=frozenset(scopes)))
        page = await place.browser.get("/servers")
        assert "Standing permissions" not in page
        assert "burn_bread" not in page
        answer = await place.browser.post("/servers/permissions/revoke", permission=permission.id)
        assert (answer.status_code, "has only some" in answer.text) == (403, True)
        await place.sign_in_as(LOCAL)
        assert "Revoke burn_bread of shop" in await place.browser.get("/servers")


async def test_an_entry_with_the_name_of_our_own_server_never_takes_its_place(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        write(tmp_path, deskhand=ENTRY)
        before = await tools_of(place, "deskhand")
        assert "/servers/named/deskhand/remove" not in await place.browser.get("/servers/named/deskhand")
        for act in ("switch", "trust", "restart", "remove"):
            await place.browser.post(f"/servers/named/deskhand/{act}", on="1")
            await state_of(place, "deskhand", "ready")
            assert await tools_of(place, "deskhand") == before


async def test_an_edit_that_makes_it_another_server_ends_its_trust_and_says_so(tmp_path: Path) -> None:
    async with with_shop(tmp_path, trusted=True) as place:
        answer = await place.browser.post("/servers/named/shop/edit", target=f"{COMMAND} more")
        await state_of(place, "shop", "ready")
        page = await place.browser.get(answer.headers["hx-redirect"])
        assert "so it is another server: it is not trusted" in page
        assert "you are asked before any of its tools runs" in page
    assert entries(tmp_path)["shop"] == {"command": ENTRY["command"], "args": [*_list(ENTRY["args"]), "more"]}


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://evil.example/authorize?at=good.example", "<strong>evil.example</strong>/authorize?at=good.example"),
        ("https://good.example@evil.example/a", "https://good.example@<strong>evil.example</strong>/a"),
        ("https://gооd.example/a", "xn--gd-fmca.example</strong> in plain letters"),
    ],
)
def test_a_sign_in_says_where_it_leads(url: str, said: str) -> None:
    state = ServerState("guarded", "needs_sign_in", f"{SIGN_IN_PAGE}{url}")
    view = server_view(ServerSpec("guarded", url="https://mcp.example"), state, in_file=False)
    assert said in Draw().fragment("servers/state.html", server=view, address="/servers/named/guarded")
