"""The books toolset as a client sees it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from books.toolset import Books
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult, ResourceTemplateReference, TextContent

from deskhand.testing import client_of, serving

pytestmark = pytest.mark.anyio

DUNE = {"title": "Dune", "author": "Frank Herbert"}


@asynccontextmanager
async def library(*, answer: bool | None = None) -> AsyncGenerator[Client]:
    """A client that holds one book; `answer` is what the person says when asked, None a client that cannot ask."""

    async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        return ElicitResult(action="accept", content={"remove": answer})

    async with serving(Books) as server:
        asking = None if answer is None else elicited
        async with Client(server.sdk, elicitation_callback=asking) as client:
            await client.call_tool("add_book", DUNE)
            yield client


async def test_a_book_that_was_added_is_found() -> None:
    async with library() as client:
        result = await client.call_tool("find_books", {"text": "herbert"})
    assert result.structured_content == {"books": [DUNE], "total": 1}


async def test_add_book_does_not_replace_another_authors_book() -> None:
    async with library() as client:
        result = await client.call_tool("add_book", {"title": "dune", "author": "Somebody Else"})
    assert result.is_error
    assert "by Frank Herbert" in text_of(result.content[0])


async def test_find_books_refuses_a_limit_out_of_bounds() -> None:
    async with library() as client:
        result = await client.call_tool("find_books", {"limit": 0})
    assert result.is_error


async def test_remove_book_removes_when_the_person_says_yes() -> None:
    async with library(answer=True) as client:
        removed = await client.call_tool("remove_book", {"title": "Dune"})
        left = await client.call_tool("find_books", {})
    assert removed.structured_content == {"book": DUNE}
    assert left.structured_content == {"books": [], "total": 0}


async def test_remove_book_keeps_the_book_when_the_person_says_no() -> None:
    async with library(answer=False) as client:
        refused = await client.call_tool("remove_book", {"title": "Dune"})
        left = await client.call_tool("find_books", {})
    assert refused.is_error
    assert left.structured_content == {"books": [DUNE], "total": 1}


async def test_remove_book_is_refused_where_nobody_can_be_asked() -> None:
    async with library() as client:
        result = await client.call_tool("remove_book", {"title": "Dune"})
    assert result.is_error
    assert "cannot ask" in text_of(result.content[0])


async def test_books_are_resources_with_completion() -> None:
    async with library() as client:
        listed = (await client.list_resources()).resources
        completed = await client.complete(
            ResourceTemplateReference(type="ref/resource", uri="books://{title}"), {"name": "title", "value": "du"}
        )
    assert [entry.uri for entry in listed] == ["books://Dune"]
    assert completed.completion.values == ["Dune"]


async def test_settings_bound_the_shelf() -> None:
    async with serving(Books, settings={"books": {"most_books": 1}}) as server, client_of(server) as client:
        await client.call_tool("add_book", DUNE)
        result = await client.call_tool("add_book", {"title": "Emma", "author": "Jane Austen"})
    assert "is full" in text_of(result.content[0])


def text_of(block: object) -> str:
    assert isinstance(block, TextContent)
    return block.text
