"""`deskhand memory` lists, searches, shows and forgets what is remembered."""

import json

import pytest
from tests.cli.memory_commands import remember, run

from deskhand.cli.memory_access import Access, with_memory
from deskhand.toolsets.memory.changing import Edit

pytestmark = pytest.mark.usefixtures("both_folder")


def test_the_list_has_the_newest_first() -> None:
    ids = remember("Oslo has fjords", "Tea is served at four")
    lines = run("list").stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ids[::-1]
    assert lines[1].endswith("  fact  Oslo has fjords")
    assert [json.loads(line)["text"] for line in run("list", "--json", "--limit", "1").stdout.splitlines()] == [
        "Tea is served at four"
    ]


def test_each_person_has_their_own() -> None:
    remember("Oslo has fjords", user="ann")
    remember("Rome has hills", "Rome has fountains", user="bob")
    assert "Rome" not in run("list", "--user", "ann").stdout
    assert "Nothing is remembered of local." in run("list").stderr
    assert "fjords" not in run("search", "fjords", "--user", "bob").stdout
    assert run("users").stdout.split() == ["1", "ann", "2", "bob"]
    assert json.loads(run("users", "--json").stdout.splitlines()[1]) == {"user": "bob", "memories": 2, "versions": 2}


def test_nobody_has_memories_at_first() -> None:
    assert "Nobody has memories" in run("users").stderr


def test_a_search_finds_and_says_when_there_is_nothing() -> None:
    (memory_id, _) = remember("Oslo has fjords", "Tea is served at four")
    assert f"[{memory_id}]" in run("search", "fjords of Oslo").stdout
    assert json.loads(run("search", "fjord", "--json").stdout)["hits"][0]["id"] == memory_id
    assert run("search", "volcano").stdout.startswith("Nothing is remembered about this.\n")


def test_a_memory_is_shown_with_its_history() -> None:
    (memory_id,) = remember("Oslo has fjords")

    async def work(access: Access) -> None:
        await access.backend.update(access.caller, memory_id, Edit(text="Oslo has one fjord"))

    with_memory("local", work)
    shown = run("show", memory_id).stdout
    assert "  2. " in shown
    assert shown.index("one fjord") < shown.index("has fjords")
    assert "edited, by deskhand memory" in shown
    assert json.loads(run("show", memory_id, "--json").stdout)["current"]["version"] == 2
    assert "There is no memory 'mzz'" in run("show", "mzz", code=2).stderr


def test_forgetting_asks_first_and_gives_a_receipt() -> None:
    first, second = remember("Oslo has fjords", "Tea is served at four")
    refused = run("forget", first, answer="n\n", code=130)
    assert "Oslo has fjords" in refused.stderr
    assert "Nothing was deleted." in refused.stderr
    assert "Deleted for good" in run("forget", first, answer="y\n").stdout
    assert json.loads(run("forget", "--query", "tea", "--yes", "--json").stdout)["ids"] == [second]
    assert run("list").stdout == ""
    assert json.loads(run("status", "--json").stdout)["index_entries"] == 0


def test_forgetting_needs_ids_or_a_query() -> None:
    (memory_id,) = remember("Oslo has fjords")
    assert "not both" in run("forget", code=2).stderr
    assert "not both" in run("forget", memory_id, "--query", "Oslo", code=2).stderr
    assert "There is no memory 'mzz'" in run("forget", memory_id, "mzz", "--yes", code=2).stderr
    assert memory_id in run("list").stdout


def test_the_status_counts_and_says_how_search_works() -> None:
    remember("Oslo has fjords")
    told = run("status").stdout
    assert "1 memories in 1 versions, 1 index entries" in told
    assert "Search: words only" in told
    assert "Europe/Berlin" in told
    assert json.loads(run("status", "--json").stdout)["memories"] == 1
