"""What the reference memory server and mem0 wrote is read as memories."""

import json
from datetime import UTC, datetime

import pytest

from deskhand.errors import InvalidInput
from deskhand.toolsets.memory.import_formats import Format, Reading, contents
from deskhand.toolsets.memory.import_reference_server import spoken

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
READING = Reading(NOW, UTC)
ENTITY = {
    "type": "entity", "name": "Anna", "entityType": "person", "observations": ["Drinks tea", "Speaks Dutch"],
}  # fmt: skip
RELATION = {"type": "relation", "from": "Anna", "to": "Acme", "relationType": "works_at"}
MEM0 = {
    "id": "892db2ae-06d9-49e5-8b3e-585ef9b85b8e", "memory": "Prefers window seats", "hash": "0d8b", "user_id": "ann",
    "metadata": {"source": "chat"}, "categories": ["user_preferences", "travel"], "score": None,
    "created_at": "2025-07-01T05:00:00-07:00", "updated_at": "2025-08-02T12:00:00.123456+00:00",
    "expiration_date": "2031-01-31",
}  # fmt: skip


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def rows(text: str) -> list[tuple[str | None, str]]:
    found = contents(text, None, READING)
    assert found.faults == ()
    return [(row.about, row.text) for arrival in found.arrivals for row in arrival.rows]


@pytest.mark.parametrize(
    "text",
    [
        lines(ENTITY, RELATION),
        "\ufeff" + lines(ENTITY, RELATION).replace("\n", "\r\n\r\n"),
        json.dumps({"entities": [ENTITY], "relations": [RELATION]}, indent=2),
        json.dumps([ENTITY, RELATION]),
    ],
)
def test_observations_are_facts_about_their_entity_and_relations_are_sentences(text: str) -> None:
    assert rows(text) == [("Anna", "Drinks tea"), ("Anna", "Speaks Dutch"), ("Anna", "Anna works at Acme")]


def test_an_entity_without_observations_is_kept_with_what_it_is() -> None:
    assert rows(lines(ENTITY | {"observations": [], "entityType": "SmallTown"})) == [("Anna", "Anna: small town")]


@pytest.mark.parametrize(
    ("name", "words"),
    [("works_at", "works at"), ("worksAt", "works at"), ("WORKS-AT", "works at"), ("живёт_в", "живёт в"), ("", "")],
)
def test_identifiers_are_read_as_words(name: str, words: str) -> None:
    assert spoken(name) == words


def test_one_bad_observation_does_not_take_the_others_along() -> None:
    found = contents(lines(ENTITY | {"observations": ["Drinks tea", "", "her PIN is 4921"]}), None, READING)
    assert [arrival.rows[0].text for arrival in found.arrivals] == ["Drinks tea"]
    assert [(fault.place, fault.secret) for fault in found.faults] == [("line 1", False), ("line 1", True)]


@pytest.mark.parametrize("text", [json.dumps({"results": [MEM0]}), json.dumps([MEM0], indent=1), lines(MEM0)])
def test_a_memory_of_mem0_keeps_its_times(text: str) -> None:
    found = contents(text, None, READING)
    assert found.format == "mem0"
    ((row,),) = [arrival.rows for arrival in found.arrivals]
    assert (row.text, row.kind, row.client, row.change) == ("Prefers window seats", "preference", "mem0", "imported")
    assert (row.created_at, row.recorded_at) == ("2025-07-01T12:00:00.000000+00:00", "2025-08-02T12:00:00.123456+00:00")
    assert row.expires_at == "2031-01-31"


def test_a_memory_of_mem0_without_times_begins_now() -> None:
    bare = {"id": "1", "memory": "Oslo has fjords", "metadata": None, "created_at": None, "updated_at": None}
    ((row,),) = [arrival.rows for arrival in contents(json.dumps([bare]), None, READING).arrivals]
    assert (row.created_at, row.kind) == ("2026-05-01T09:00:00.000000+00:00", "fact")


def test_memories_of_several_people_are_never_mixed() -> None:
    text = json.dumps({"results": [MEM0, MEM0 | {"id": "2", "user_id": "bob"}]})
    with pytest.raises(InvalidInput, match=r"several people: ann, bob.*--of"):
        contents(text, None, READING)
    found = contents(text, None, Reading(NOW, UTC, user="bob"))
    assert [arrival.place for arrival in found.arrivals] == ["item 2"]


@pytest.mark.parametrize("text", [lines(ENTITY, RELATION), json.dumps([MEM0])])
def test_the_same_file_gives_the_same_ids(text: str) -> None:
    later = Reading(datetime(2027, 1, 1, tzinfo=UTC), UTC)
    once, again = (contents(text, None, reading).arrivals for reading in (READING, later))
    assert [arrival.id for arrival in once] == [arrival.id for arrival in again]
    assert len({arrival.id for arrival in once}) == len(once)


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        (lines(ENTITY, "x"), None, "line 2: neither an entity nor a relation"),
        (lines(ENTITY, {"type": "entity", "name": "Bo"}), None, "line 2: neither an entity nor a relation: entityType"),
        (lines(ENTITY) + "{nonsense", None, "line 2: neither"),
        (json.dumps([MEM0, {"id": "2"}]), None, "item 2: no memory of mem0: memory"),
        (json.dumps([MEM0, MEM0 | {"created_at": "soon"}]), None, "item 2: no memory of mem0: created_at"),
        (json.dumps([MEM0, MEM0 | {"expiration_date": "soon"}]), None, "item 2: expiration_date must be"),
        ("{nonsense\n" + lines(ENTITY), None, "line 1: neither"),
        (lines(ENTITY), "mem0", "line 1: no memory of mem0"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, form: Format | None, reason: str) -> None:
    assert str(contents(text, form, READING).faults[0]).startswith(reason)


@pytest.mark.parametrize("text", ["hello", "{}", "[1, 2]", '"text"', "[" * 100_000, lines({"type": "other"})])
def test_a_file_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no memories that can be imported"):
        contents(text, None, READING)
