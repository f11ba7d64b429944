"""Memory over real HTTP, in its own process: clients of both eras, two people, with and without the weights."""

import json
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest
from mcp.client.client import ConnectMode
from tests.protocol.connected_person import person
from tests.protocol.server_process import ServerProcess, running

pytestmark = pytest.mark.anyio
ENABLED = '["core", "memory"]'
ERAS: list[ConnectMode] = ["legacy", "auto", "2026-07-28"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    with running(tmp_path_factory.mktemp("memory"), enabled=ENABLED) as process:
        yield process


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_of_each_era_saves_finds_updates_and_forgets(server: ServerProcess, era: ConnectMode) -> None:
    async with person(server, f"ann-{era}", era) as ann:
        saved = await ann.call("save_memory", text="The cat is called Minka", pin=True)
        found = await ann.call("search_memory", query="What is my pet's name?")
        assert [hit["id"] for hit in found["hits"]] == [saved["id"]]
        updated = await ann.call("update_memory", id=saved["id"], text="The cat is called Minka and is grey")
        assert updated["version"] == 2
        assert "Minka and is grey" in await ann.read("memory://profile")
        receipt = await ann.call("forget_memory", ids=[saved["id"]])
        assert (receipt["memories"], receipt["versions"]) == (1, 2)
        assert (await ann.call("search_memory", query="cat", include_history=True))["hits"] == []


# The SDK warns of what 2026-07-28 has removed; older clients still do it.
@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize("era", ERAS)
async def test_a_client_of_each_era_watches_its_profile(server: ServerProcess, era: ConnectMode) -> None:
    async with person(server, f"watcher-{era}", era) as ann:
        if era == "legacy":
            await ann.client.subscribe_resource("memory://profile")  # pyright: ignore[reportDeprecated]
            await ann.call("save_memory", text="I prefer trains to planes", kind="preference")
            await ann.hears_of("memory://profile")
        else:
            async with ann.client.listen(resource_subscriptions=["memory://profile"]) as events:
                await ann.call("save_memory", text="I prefer trains to planes", kind="preference")
                with anyio.fail_after(10):
                    async for _ in events:
                        break
        assert "trains" in await ann.read("memory://profile")


async def test_two_people_on_one_server_cannot_see_each_other(server: ServerProcess) -> None:
    async with person(server, "carla", "auto") as carla, person(server, "dan", "legacy") as dan:
        saved = await carla.call("save_memory", text="The spare key lies under the third pot", pin=True)
        await dan.call("save_memory", text="The garden needs water")
        found = await dan.call("search_memory", query="Where is the spare key?", include_history=True)
        assert "third pot" not in json.dumps(found)
        for uri in ("memory://profile", "memory://recent", "memory://export", "memory://status"):
            assert "third pot" not in await dan.read(uri)
        listed = [str(entry.uri) for entry in (await dan.client.list_resources()).resources]
        assert not any(saved["id"] in uri for uri in listed)
        for tool in ("update_memory", "forget_memory"):
            arguments = {"id": saved["id"], "text": "mine"} if tool == "update_memory" else {"ids": [saved["id"]]}
            assert (await dan.client.call_tool(tool, arguments)).is_error
        assert (await carla.call("search_memory", query="spare key"))["hits"][0]["text"].endswith("third pot")


async def test_without_the_weights_it_works_and_says_that_it_searches_by_words(tmp_path: Path) -> None:
    missing = {"DESKHAND_RETRIEVAL__WEIGHTS": str(tmp_path / "nowhere")}
    with running(tmp_path, enabled=ENABLED, variables=missing) as server:
        async with person(server, "ann", "auto") as ann:
            await ann.call("save_memory", text="The cat is called Minka")
            found = await ann.call("search_memory", query="cats")
            assert (found["search"], len(found["hits"])) == ("words only", 1)
            status = json.loads(await ann.read("memory://status"))
            assert not status["embeddings"]["active"]
            assert "keywords only" in status["embeddings"]["why"]
            lines = {line["name"]: line for line in (await ann.call("deskhand_status"))["toolsets"]}
            assert lines["memory"]["state"] == "degraded"
            assert "deskhand embeddings install" in lines["memory"]["next_step"]
