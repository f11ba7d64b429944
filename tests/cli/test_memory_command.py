"""`deskhand memory` lists, searches, shows and forgets what is remembered."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.memory_commands import remember, run

from deskhand.cli.database import opened
from deskhand.cli.memory_access import Access, with_memory
from deskhand.cli.memory_wording import Reader
from deskhand.store.memories import MemoryRow, MemoryTable
from deskhand.store.tokens import Tokens
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft

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
    nothing = "Nothing is remembered of local. bob has 2, ann has 1: --user SUBJECT.\n"
    assert run("list").stderr == nothing
    for command in (["search", "fjords"], ["status"], ["export"]):
        assert run(*command).stderr == nothing
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
    assert "There is no memory 'mzz'. See `deskhand memory list`" in run("show", "mzz", code=2).stderr
    for written in (f"[{memory_id}]", memory_id.upper()):
        assert run("show", written).stdout == shown


def test_forgetting_asks_first_and_gives_a_receipt() -> None:
    first, second = remember("Oslo has fjords", "Tea is served at four")
    refused = run("forget", first, answer="n\n", code=130)
    assert "Oslo has fjords" in refused.stderr
    assert "Nothing was deleted." in refused.stderr
    assert "Deleted for good" in run("forget", first, answer="y\n").stdout
    assert json.loads(run("forget", "--query", "tea", "--yes", "--json").stdout)["ids"] == [second]
    assert run("list").stdout == ""
    assert json.loads(run("status", "--json").stdout)["index_entries"] == 0


def test_forgetting_what_nothing_matches_is_told() -> None:
    remember("Oslo has fjords")
    assert "Nothing matches 'volcano'." in run("forget", "--query", "volcano").stderr


def test_what_has_ended_is_marked_in_the_list() -> None:
    (memory_id,) = remember("Oslo has fjords")

    async def end(access: Access) -> None:
        await access.backend.update(access.caller, memory_id, Edit(valid_to="2099-05-07"))
        await access.backend.save(access.caller, Draft("The code word is tea", expires_at="2099-01-01", pin=True))

    with_memory("local", end)
    (newest, ended) = run("list").stdout.splitlines()
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d  fact, until 2099-05-07  Oslo", ended)
    assert "fact, pinned, expires 2099-01-01" in newest
    later = Reader(UTC, datetime(2100, 1, 1, tzinfo=UTC), {})
    assert later.bounds(None, "2099-01-01") == ["expired 2099-01-01"]


def test_times_are_in_the_persons_zone_and_authors_have_the_labels_of_their_tokens(both_folder: Path) -> None:
    with opened() as database:
        _, token = Tokens(database).create("local", scopes=["*"], label="laptop")
    row = MemoryRow(
        "mab", 1, "Oslo has fjords", "fact", None, None, None, None, True, "2026-07-01T23:30:00.000000+00:00",
        "2026-07-01T23:30:00.000000+00:00", None, "pinned", f"token:{token.id}",
    )  # fmt: skip

    async def keep(access: Access) -> None:
        await access.backend.people.person("local").write(lambda rows: MemoryTable(rows).add(row))

    with_memory("local", keep)
    shown = run("show", "mab").stdout
    assert shown.startswith("mab, made 2026-07-02 01:30\n")
    assert f"2026-07-02 01:30  fact, pinned, by token:{token.id} (laptop)\n" in shown


def test_hints_name_options_of_the_command() -> None:
    remember(*(f"Room {number} has a harp of {number} strings" for number in (3, 5, 8)))
    told = run("search", "harp", "--limit", "1").stdout
    assert "2 weaker hits are left out: raise --limit.)" in told
    assert "(Search is by keywords only, because retrieval.embeddings is none.)" in told


def test_forgetting_needs_ids_or_a_query() -> None:
    (memory_id,) = remember("Oslo has fjords")
    assert "not both" in run("forget", code=2).stderr
    assert "not both" in run("forget", memory_id, "--query", "Oslo", code=2).stderr
    assert "There is no memory 'mzz'" in run("forget", memory_id, "mzz", "--yes", code=2).stderr
    assert memory_id in run("list").stdout


def test_the_status_counts_and_says_how_search_works() -> None:
    remember("Oslo has fjords")
    told = run("status").stdout
    assert "1 memory in 1 version, 1 index entry" in told
    assert "Search: words only" in told
    assert "Europe/Berlin" in told
    assert json.loads(run("status", "--json").stdout)["memories"] == 1
