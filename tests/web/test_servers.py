"""The servers on the page: how they stand, adding by a command or a URL, removing, switching, and whose they are."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from pydantic import JsonValue
from tests.web.place import open_site
from tests.web.servers_place import COMMAND, ENTRY, entries, state_of, tools_of, with_shop, write

from deskhand.principal import Principal

pytestmark = pytest.mark.anyio

REFUSES = """
import json, os, sys
for line in sys.stdin:
    error = {"code": -32603, "message": "No entry with " + os.environ["API_KEY"]}
    print(json.dumps({"jsonrpc": "2.0", "id": json.loads(line).get("id"), "error": error}), flush=True)
"""
"""A server that says the secret it was given."""


async def test_our_own_server_is_there_and_ready(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        page = await place.browser.get("/servers")
        assert 'id="server-deskhand"' in page
        assert '<span class="pill ok">ready</span>' in page
        assert "Add a server" in page
        one = await place.browser.get("/servers/named/deskhand")
        assert "inside this program" in one
        assert "/servers/named/deskhand/remove" not in one


async def test_a_command_that_is_added_is_connected_and_its_tools_are_offered(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        answer = await place.browser.post("/servers/new", name="notes", target=COMMAND, secrets="COLOUR=${COLOUR:-red}")
        assert answer.headers["hx-redirect"] == "/servers/named/notes"
        await state_of(place, "notes", "ready")
        assert await tools_of(place, "notes") == ["burn_bread", "list_bread"]
        page = await place.browser.get("/servers/named/notes")
        assert "on this machine, as you" in page
        assert "standard input and output" in page
    assert entries(tmp_path) == {"notes": {**ENTRY, "env": {"COLOUR": "${COLOUR:-red}"}}}


async def test_a_url_where_nobody_answers_is_added_and_shown_as_failed_with_its_reason(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await place.browser.post(
            "/servers/new", target="http://127.0.0.1:9/mcp", secrets="Authorization: Bearer hush-hush-hush"
        )
        state = await state_of(place, "local", "failed")
        page = await place.browser.get("/servers/named/local")
        assert state.detail in page
        assert "Try again" in page
        assert "Authorization" in page
        assert "hush-hush" not in page
    assert entries(tmp_path)["local"] == {
        "url": "http://127.0.0.1:9/mcp",
        "headers": {"Authorization": "Bearer hush-hush-hush"},
    }


async def test_a_command_that_fails_shows_what_it_wrote_as_text_and_without_its_secrets(tmp_path: Path) -> None:
    cry = "import sys,os; sys.exit('<img src=x onerror=alert(1)> \\x1b[31m key is ' + os.environ['API_KEY'])"
    async with open_site(tmp_path) as place:
        target = shlex.join([sys.executable, "-c", cry])
        await place.browser.post("/servers/new", name="broken", target=target, secrets="API_KEY=s3cr3t-s3cr3t")
        await state_of(place, "broken", "failed")
        pages = [await place.browser.get(path) for path in ("/servers/named/broken", "/console/broken")]
        for page in pages:
            assert "&lt;img src=x onerror=alert(1)&gt; ·[31m key is •••" in page
        pages += [await place.browser.get(path) for path in ("/servers", "/console", "/inspector")]
    for page in pages:
        assert "<img src=x" not in page
        assert "\x1b" not in page
        assert "s3cr3t-s3cr3t" not in page


async def test_why_a_server_failed_is_shown_without_its_secrets_wherever_it_is(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        target = shlex.join([sys.executable, "-c", REFUSES])
        await place.browser.post("/servers/new", name="shut", target=target, secrets="API_KEY=s3cr3t-s3cr3t")
        state = await state_of(place, "shut", "failed")
        assert "No entry with •••" in state.detail
        for path in ("/servers", "/servers/named/shut", "/console", "/console/shut", "/inspector"):
            page = await place.browser.get(path)
            assert "No entry with •••" in page, path
            assert "s3cr3t-s3cr3t" not in page, path


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        pytest.param({"target": ""}, 422, "Type the server", id="nothing"),
        pytest.param({"target": "ftp://example.org/mcp"}, 422, "begins with https://", id="another scheme"),
        pytest.param({"target": "https:///mcp"}, 422, "needs a host", id="no host"),
        pytest.param({"target": "no-such-program"}, 422, "neither a URL", id="no such command"),
        pytest.param({"target": "npx 'open"}, 422, "quotation mark", id="open quotation mark"),
        pytest.param({"name": "deskhand", "target": "npx x"}, 409, "already a server named", id="our own name"),
        pytest.param({"name": "<b>x</b>", "target": "npx x"}, 400, "cannot name a server", id="markup as a name"),
        pytest.param({"name": "a/b", "target": "npx x"}, 400, "cannot name a server", id="a path as a name"),
        pytest.param({"target": "npx x", "timeout": "-1"}, 422, "above 0", id="no time"),
        pytest.param({"target": "npx x", "secrets": "hush-hush"}, 422, "Expected a variable", id="no separator"),
    ],
)
async def test_what_cannot_be_added_is_refused_and_the_file_stays(
    tmp_path: Path, form: dict[str, str], status: int, said: str
) -> None:
    async with open_site(tmp_path) as place:
        answer = await place.browser.post("/servers/new", **form)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
        assert "hush-hush" not in answer.text
        assert "<b>x" not in answer.text
    assert entries(tmp_path) == {}


async def test_a_server_that_is_removed_is_gone_at_once(tmp_path: Path) -> None:
    async with with_shop(tmp_path) as place:
        await place.browser.post("/servers/named/shop/remove")
        assert await tools_of(place, "shop") == []
        assert "server-shop" not in await place.browser.get("/servers")
    assert entries(tmp_path) == {}


async def test_a_server_that_is_disabled_ends_and_comes_back_when_enabled(tmp_path: Path) -> None:
    async with with_shop(tmp_path, description="kept") as place:
        await place.browser.post("/servers/named/shop/switch")
        assert await tools_of(place, "shop") == []
        assert '<span class="pill quiet">disabled</span>' in await place.browser.get("/servers")
        assert entries(tmp_path)["shop"] == {**ENTRY, "description": "kept", "disabled": True}
        await place.browser.post("/servers/named/shop/switch", on="1")
        await state_of(place, "shop", "ready")
        assert "list_bread" in await tools_of(place, "shop")


async def test_trust_is_written_and_holds_at_once(tmp_path: Path) -> None:
    async with with_shop(tmp_path) as place:
        assert "you are asked before any of its tools runs" in await place.browser.get("/servers/named/shop")
        await place.browser.post("/servers/named/shop/trust", on="1")
        await state_of(place, "shop", "ready")
        assert {tool.trusted for tool in (await place.desk()).connections.tools() if tool.server == "shop"} == {True}
        await place.browser.post("/servers/named/shop/trust")
    assert "trusted" not in json.dumps(entries(tmp_path))


async def test_a_restart_makes_a_new_process(tmp_path: Path) -> None:
    async with with_shop(tmp_path) as place:
        await place.browser.post("/servers/named/shop/restart")
        connections = (await place.desk()).connections
        await place.until(lambda: len(set(connections.states()[1].stderr_tail)) == 2, 20)
        await state_of(place, "shop", "ready")


async def test_what_another_program_added_meanwhile_can_be_connected(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        write(tmp_path, later=ENTRY)
        assert "not connected" in await place.browser.get("/servers/named/later")
        await place.browser.post("/servers/named/later/restart")
        await state_of(place, "later", "ready")


async def test_a_file_that_cannot_be_read_is_said_and_our_own_server_stays(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        (tmp_path / "mcp.json").write_text("{")
        page = await place.browser.get("/servers")
        assert "cannot be read as JSON" in page
        assert 'id="server-deskhand"' in page
        answer = await place.browser.post("/servers/new", name="x", target="npx x")
        assert "cannot be read as JSON" in answer.text
    assert (tmp_path / "mcp.json").read_text() == "{"


async def test_an_entry_that_cannot_work_says_why_and_a_name_with_markup_is_text(tmp_path: Path) -> None:
    servers: dict[str, JsonValue] = {
        "<i>x</i>": {"command": "true"},
        "lost": {"url": "https://example.org/${NOT_SET_ANYWHERE}"},
    }
    write(tmp_path, **servers)
    async with open_site(tmp_path) as place:
        page = await place.browser.get("/servers")
    assert "The variable NOT_SET_ANYWHERE is not set." in page
    assert "<i>x</i>" not in page
    assert "&lt;i&gt;x&lt;/i&gt;" in page


async def test_another_principal_has_only_our_server_and_changes_nothing(tmp_path: Path) -> None:
    async with with_shop(tmp_path) as place:
        await place.sign_in_as(Principal("bob"))
        page = await place.browser.get("/servers")
        assert "belong to the owner of this machine" in page
        assert "Add a server" not in page
        for path in ("/servers/new", "/servers/import"):
            assert (await place.browser.client.get(path)).status_code == 403
        for path in ("/servers/new", "/servers/import", "/servers/named/shop/edit"):
            assert (await place.browser.post(path, name="x", target=COMMAND)).status_code == 403
        for action in ("remove", "switch", "trust"):
            assert (await place.browser.post(f"/servers/named/shop/{action}")).status_code == 403
    assert list(entries(tmp_path)) == ["shop"]
