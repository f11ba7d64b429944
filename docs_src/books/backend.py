"""Books on shelves, one shelf for each person. No MCP here: plain code about its subject."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from deskhand.errors import Conflict, LimitExceeded, NotFound
from deskhand.result import Result


class Book(BaseModel):
    """One book."""

    model_config = ConfigDict(frozen=True)

    title: str
    author: str


_BOOKS = TypeAdapter(list[Book])


class Added(Result):
    """What adding a book did."""

    book: Book
    books: int = Field(description="How many are on the shelf now.")

    def text(self) -> str:
        """One line."""
        return f"{self.book.title} is on the shelf, with {self.books - 1} others."


class Found(Result):
    """Books that match."""

    books: tuple[Book, ...]
    total: int = Field(description="How many match; `books` holds the first of them.")

    def text(self) -> str:
        """A line for each book."""
        lines = [f"{book.title} by {book.author}" for book in self.books]
        return "\n".join([*lines, f"{self.total} in all"])


class Removed(Result):
    """The book that was taken away."""

    book: Book

    def text(self) -> str:
        """One line."""
        return f"{self.book.title} was removed."


class Shelves:
    """Keeps each person's books in a JSON file of their own below `folder`."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most

    def all(self, subject: str) -> list[Book]:
        """The books of `subject`, by title."""
        path = self._path(subject)
        return _BOOKS.validate_json(path.read_bytes()) if path.exists() else []

    def get(self, subject: str, title: str) -> Book:
        """One book.

        Raises:
            NotFound: it is not on the shelf.
        """
        books = self.all(subject)
        for book in books:
            if book.title.casefold() == title.casefold():
                return book
        known = ", ".join(book.title for book in books[:10]) or "none yet; add one with add_book"
        raise NotFound(f"There is no {title!r} on the shelf. There are: {known}.")

    def add(self, subject: str, book: Book) -> int:
        """Put a book on the shelf, once; says how many are there now.

        Raises:
            Conflict: a book of that title by somebody else is there.
            LimitExceeded: the shelf is full.
        """
        books = self.all(subject)
        same = [each for each in books if each.title.casefold() == book.title.casefold()]
        if same == [book]:
            return len(books)
        if same:
            raise Conflict(f"{book.title!r} is on the shelf, by {same[0].author}. Remove that one first.")
        if len(books) >= self._most:
            raise LimitExceeded(f"The shelf holds {self._most} books and is full. Remove one first.")
        self._keep(subject, [*books, book])
        return len(books) + 1

    def remove(self, subject: str, title: str) -> Book:
        """Take a book away.

        Raises:
            NotFound: it is not on the shelf.
        """
        gone = self.get(subject, title)
        self._keep(subject, [book for book in self.all(subject) if book != gone])
        return gone

    def _keep(self, subject: str, books: Sequence[Book]) -> None:
        by_title = sorted(books, key=lambda book: book.title.casefold())
        draft = self._path(subject).with_suffix(".draft")
        draft.write_bytes(_BOOKS.dump_json(by_title))
        draft.replace(self._path(subject))  # in one step: a reader sees the old shelf or the new one

    def _path(self, subject: str) -> Path:
        return self._folder / f"{hashlib.sha256(subject.encode()).hexdigest()[:16]}.json"
