"""Words find the conversations whose title or message has them, whatever their case, and nobody else's."""

import pytest
from tests.store.talks import ANSWER, body, talk

from deskhand.store.conversation_edits import ConversationEdits
from deskhand.store.conversation_search import ConversationSearch, snippet
from deskhand.store.conversations import Conversations, StoredMessage
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
def search(database: Database) -> ConversationSearch:
    return ConversationSearch(database)


FINDS = {
    "a word": ("The harbour is closed", "harbour"),
    "in another case": ("The Harbour is closed", "hARBOUR"),
    "letters beyond ASCII": ("Viele Grüße aus Köln", "KÖLN grÜße"),
    "several words in any order": ("The harbour is closed", "closed harbour"),
    "part of a word": ("The harbourmaster", "harbour"),
    "a quotation mark": ('He said "no" to it', '"no"'),
    "a backslash": ("It lies in C:\\temp", "c:\\temp"),
    "wildcards that mean themselves": ("All of it: 100%_sure", "100%_sure"),
    "another script": ("今日は天気がいい", "天気"),
}
MISSES = {
    "a wildcard for anything": ("A hundred", "A%hundred"),
    "a wildcard for one letter": ("harbour", "harb_ur"),
    "names of fields": ("harbour", "content"),
    "the role": ("harbour", "assistant"),
    "words of two messages": ("harbour", f"harbour {ANSWER.split()[1]}"),
    "nothing": ("harbour", "  "),
}


@pytest.mark.parametrize(("text", "words"), FINDS.values(), ids=FINDS)
async def test_words_find(search: ConversationSearch, database: Database, text: str, words: str) -> None:
    await talk(database, "a1", text)
    (hit,) = await search.search("ann", words)
    assert (hit.conversation.id, hit.message, hit.snippet) == ("a1", "m1", text)


@pytest.mark.parametrize(("text", "words"), MISSES.values(), ids=MISSES)
async def test_words_do_not_find(search: ConversationSearch, database: Database, text: str, words: str) -> None:
    await talk(database, "a1", text)
    assert await search.search("ann", words) == []


async def test_a_title_is_found_without_a_message(search: ConversationSearch, database: Database) -> None:
    await talk(database, "a1", "One", title="About the Harbour")
    (hit,) = await search.search("ann", "harbour")
    assert (hit.conversation.id, hit.message, hit.snippet) == ("a1", "", "")


async def test_the_newest_conversation_comes_first_with_its_newest_message(
    search: ConversationSearch, database: Database
) -> None:
    await talk(database, "a1", "harbour one", "harbour two")
    await talk(database, "a2", "harbour three")
    await talk(database, "a3", "nothing of it", title="harbour")
    hits = await search.search("ann", "harbour")
    assert [(hit.conversation.id, hit.message) for hit in hits] == [("a3", ""), ("a2", "m1"), ("a1", "m3")]
    assert [hit.conversation.id for hit in await search.search("ann", "harbour", limit=2)] == ["a3", "a2"]


async def test_results_of_tools_are_not_searched(search: ConversationSearch, database: Database) -> None:
    await talk(database, "a1", "One")
    row = await Conversations(database).summary("ann", "a1")
    await Conversations(database).append(row, StoredMessage("t", body("tool", "harbour")))
    assert await search.search("ann", "harbour") == []


async def test_others_and_what_was_superseded_are_not_found(search: ConversationSearch, database: Database) -> None:
    await talk(database, "b1", "harbour", owner="bob")
    await talk(database, "a1", "harbour")
    await talk(database, "a2", "harbour")
    await ConversationEdits(database).supersede("ann", "a1", "a2")
    assert [hit.conversation.id for hit in await search.search("ann", "harbour")] == ["a2"]


def test_a_snippet_is_cut_around_the_words() -> None:
    text = f"{'before ' * 60}\nthe harbour\n{'after ' * 60}"
    found = snippet(text, ["harbour"])
    assert found.startswith("…before before")
    assert "before the harbour after" in found
    assert found.endswith("…")
    assert len(found) <= 162
