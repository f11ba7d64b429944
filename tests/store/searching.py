"""What somebody who keeps a person's entries between searches finds."""

from deskhand.retrieval.analysis import index_terms, query_terms
from deskhand.retrieval.index import Index
from deskhand.retrieval.search import Query
from deskhand.store.entries import EntryRow, EntryTable
from deskhand.store.personal import Person, PersonalRows


def add(key: str, text: str) -> EntryRow:
    """An entry."""
    return EntryRow(key, "fact", "", 0, 0, None, index_terms(text), None, None)


async def put(person: Person, *entries: EntryRow) -> None:
    """Keep entries."""
    await person.write(lambda rows: EntryTable(rows).put(*entries))


async def found(index: Index, person: Person, text: str) -> set[str]:
    """The keys that an index finds."""
    query = Query(query_terms(text), None, 0.0)

    def search(rows: PersonalRows) -> set[str]:
        return {hit.key for hit in index.search(index.view(rows), query, ["fact"], at=None, limit=9)}

    return await person.read(search)
