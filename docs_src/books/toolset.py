"""The books tools and resources."""

from typing import Annotated
from urllib.parse import quote

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel, Field

from books.backend import Added, Book, Found, Removed, Shelves
from deskhand.errors import Denied
from deskhand.principal import Caller
from deskhand.toolset import (
    ResourceEntry,
    Services,
    Toolset,
    ToolsetSettings,
    can_ask,
    completes,
    lists,
    prompt,
    resource,
    tool,
)

BOOK = "books://{title}"

Title = Annotated[str, Field(min_length=1, max_length=200, pattern="^[^/]+$", description="Title, without slashes.")]


class BooksSettings(ToolsetSettings):
    """How large a shelf is."""

    most_books: int = Field(default=1_000, gt=0, description="Books on one person's shelf.")


class Sure(BaseModel):
    """What the person says about removing a book."""

    remove: bool = Field(description="Remove it for good?")


class Books(Toolset):
    """A bookshelf for each person."""

    name = "books"
    title = "Books"
    summary = "A list of the books the person owns."
    Settings = BooksSettings

    def __init__(self, settings: BooksSettings, services: Services) -> None:
        super().__init__(settings, services)
        self._shelves = Shelves(services.data_dir, settings.most_books)

    @tool(title="Add a book", read_only=False, open_world=False, idempotent=True)
    async def add_book(
        self, caller: Caller, title: Title, author: Annotated[str, Field(description="Who wrote it.")]
    ) -> Added:
        """Put a book on the person's shelf."""
        book = Book(title=title, author=author)
        books = self._shelves.add(caller.subject, book)
        self.services.changes.resource_list_changed(subject=caller.subject)
        return Added(book=book, books=books)

    @tool(title="Find books", read_only=True, open_world=False)
    async def find_books(
        self,
        caller: Caller,
        text: Annotated[str, Field(description="Part of a title or an author; empty for all.")] = "",
        limit: Annotated[int, Field(ge=1, le=100, description="Most books to show.")] = 20,
    ) -> Found:
        """Find books on the person's shelf, by title."""
        wanted = text.casefold()
        found = [
            book for book in self._shelves.all(caller.subject) if wanted in f"{book.title} {book.author}".casefold()
        ]
        return Found(books=tuple(found[:limit]), total=len(found))

    async def _ask_remove(self, caller: Caller, title: str, ctx: Context) -> Elicit[Sure] | Sure:
        book = self._shelves.get(caller.subject, title)
        if not can_ask(ctx):
            raise Denied(f"Removing {book.title} needs the person's yes, and this client cannot ask for it.")
        return Elicit(f"Remove {book.title} by {book.author}?", Sure)

    @tool(title="Remove a book", read_only=False, open_world=False, destructive=True)
    async def remove_book(
        self, caller: Caller, title: Title, answer: Annotated[ElicitationResult[Sure], Resolve(_ask_remove)]
    ) -> Removed:
        """Remove a book for good. The person is asked first."""
        if not (isinstance(answer, AcceptedElicitation) and answer.data.remove):
            raise Denied(f"The person did not agree; {title} stays on the shelf.")
        book = self._shelves.remove(caller.subject, title)
        self.services.changes.resource_list_changed(subject=caller.subject)
        return Removed(book=book)

    @resource(BOOK, title="A book")
    async def book(self, title: str, caller: Caller) -> Book:
        """A book on the shelf."""
        return self._shelves.get(caller.subject, title)

    @lists(BOOK)
    async def list_books(self, caller: Caller) -> list[ResourceEntry]:
        """The books on the shelf."""
        books = self._shelves.all(caller.subject)
        return [ResourceEntry(f"books://{quote(book.title)}", book.title, description=book.author) for book in books]

    @completes(BOOK, "title")
    async def complete_title(self, value: str, caller: Caller) -> list[str]:
        """Titles that begin so."""
        titles = [book.title for book in self._shelves.all(caller.subject)]
        return [title for title in titles if title.casefold().startswith(value.casefold())]

    @prompt(title="What to read next")
    async def read_next(
        self, mood: Annotated[str, Field(description="Such as 'something short'.")] = "anything"
    ) -> str:
        """Pick the next book to read."""
        return f"Call find_books, then suggest one of my books to read next: {mood}. Say in two sentences why."
