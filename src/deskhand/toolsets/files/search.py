"""Finding: by name, kind and text, page by page, in small steps so that it can be cancelled and shows progress."""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from anyio import to_thread

from deskhand.documents.document_texts import DocumentTexts
from deskhand.documents.span import Span
from deskhand.errors import DeskhandError, LimitExceeded
from deskhand.toolsets.files.answers import Found, FoundFile, Hit
from deskhand.toolsets.files.cursor import Cursor
from deskhand.toolsets.files.lines import matching_lines
from deskhand.toolsets.files.read import Reader
from deskhand.visible import visible
from deskhand.workspace.address import Parts, typed, uri_of
from deskhand.workspace.glob import Glob
from deskhand.workspace.kind import Wanted, wanted
from deskhand.workspace.load import Loader, modified_of, version_of
from deskhand.workspace.root import TRASH
from deskhand.workspace.walk import Entry, Tree

STEP_SECONDS = 0.1
_HASHED_BYTES = 1024 * 1024
_DOCUMENT_BYTES = 10 * 1024 * 1024
_DOCUMENT_CHARACTERS = 2_000_000
_KEPT_CHARACTERS = 16_000_000
_HITS = 3
_NAMED = 3
_AROUND = 60


class Report(Protocol):
    """Told how far a search is."""

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """`done` entries were looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `limit` files make a page; a search gives up after `seconds` and can be continued."""

    glob: str
    text: str
    kind: Wanted
    match_case: bool
    limit: int
    seconds: float = 20

    @property
    def key(self) -> str:
        """What a cursor belongs to: everything but the page size."""
        return "\0".join((self.glob, self.text, self.kind, str(self.match_case)))


class Searcher:
    """Finds files in a tree."""

    def __init__(self, tree: Tree, loader: Loader, reader: Reader) -> None:
        self._tree = tree
        self._loader = loader
        self._reader = reader
        self._texts = DocumentTexts(_KEPT_CHARACTERS)

    async def find(self, query: Query, cursor: str, report: Report) -> Found:
        """One page of what matches, and whether there is more.

        Raises:
            InvalidInput: the glob or the cursor is not valid.
        """
        scan = _Scan(query, Cursor.parse(cursor, query.key), self._tree, self._loader)
        while True:
            document = await to_thread.run_sync(scan.advance)
            if document is not None:
                await self._search_document(scan, document)
            elif scan.finished:
                return await to_thread.run_sync(scan.answer)
            await report(scan.looked, None, f"{_files(scan.looked)} looked at, {scan.matched:,} found")

    async def _search_document(self, scan: "_Scan", entry: Entry) -> None:
        known = self._texts.get(entry.status)
        if known is not None:
            scan.judge_units(entry, known)
            return
        try:
            document = await self._reader.document(entry.parts, Span(), characters=_DOCUMENT_CHARACTERS)
        except LimitExceeded:
            scan.skipped["too long or slow to take apart"].append(entry.parts)
        except DeskhandError:
            scan.skipped["not readable"].append(entry.parts)
        else:
            self._texts.put(entry.status, document.parts)
            scan.judge_units(entry, document.parts)


class _Scan:
    """One search on its way: where it is, what it found, what it passed over and why."""

    def __init__(self, query: Query, cursor: Cursor, tree: Tree, loader: Loader) -> None:
        glob = Glob(query.glob)
        searched = tree.with_trash() if TRASH in query.glob else tree  # listed only when it is asked for by name
        self._query = query
        self._before = cursor.count
        self._loader = loader
        self._entries: Iterator[tuple[Entry, bool]] = searched.walk(glob, after=cursor.after)
        self._pattern = re.compile(re.escape(query.text), 0 if query.match_case else re.IGNORECASE)
        self._deadline = time.monotonic() + query.seconds
        self._found: list[tuple[Entry, tuple[Hit, ...]]] = []
        self._at = cursor.after
        self._page_end: Parts | None = None
        self._exhausted = False
        self.looked = 0
        self.matched = 0
        self.skipped: defaultdict[str, list[Parts]] = defaultdict(list)

    @property
    def finished(self) -> bool:
        """Everything was looked at, time is up, or the page is full and counting on would cost too much."""
        more_than_a_page = bool(self._query.text) and self.matched > self._query.limit
        return self._exhausted or more_than_a_page or (self.looked > 0 and time.monotonic() > self._deadline)

    def advance(self) -> Entry | None:
        """Look at entries for a moment; a document whose text must be extracted first is handed out. Blocks."""
        pause = time.monotonic() + STEP_SECONDS
        while not self.finished and time.monotonic() < pause:
            entry, matches = next(self._entries, (None, False))
            if entry is None:
                self._exhausted = True
                return None
            self.looked += 1
            self._at = entry.parts
            if matches and wanted(entry.kind, self._query.kind) and self._look(entry):
                return entry
        return None

    def _look(self, entry: Entry) -> bool:
        """Judge an entry; True when its text must be extracted first."""
        if not self._query.text:
            self._add(entry, ())
        elif entry.kind in ("pdf", "document"):
            if entry.status.st_size <= _DOCUMENT_BYTES:
                return True
            self.skipped[f"larger than {_DOCUMENT_BYTES:,} bytes, the limit of documents,"].append(entry.parts)
        elif entry.kind in ("text", "binary"):
            self._search(entry)
        return False

    def _search(self, entry: Entry) -> None:
        try:
            with self._loader.steps(entry.parts) as (_, steps):
                self._judge(entry, matching_lines(steps, self._pattern))
        except LimitExceeded:
            limit = f"larger than files.max_file_bytes ({self._loader.max_bytes:,})"
            self.skipped[limit].append(entry.parts)
        except DeskhandError:
            self.skipped["not readable"].append(entry.parts)

    def judge_units(self, entry: Entry, units: Iterable[str]) -> None:
        """Keep the document if a unit of its text matches."""
        matches = ((number, self._pattern.search(unit)) for number, unit in enumerate(units, 1))
        self._judge(entry, ((number, match) for number, match in matches if match is not None))

    def _judge(self, entry: Entry, matches: Iterable[tuple[int, re.Match[str]]]) -> None:
        hits = tuple(Hit(at=number, line=_around(match)) for number, match in islice(matches, _HITS))
        if hits:
            self._add(entry, hits)

    def _add(self, entry: Entry, hits: tuple[Hit, ...]) -> None:
        self.matched += 1
        if len(self._found) < self._query.limit:
            self._found.append((entry, hits))
        elif self._page_end is None:
            self._page_end = self._found[-1][0].parts

    def answer(self) -> Found:
        """The page. Blocks: small files are hashed for their version."""
        complete = self._exhausted
        resume = self._page_end or (None if complete else self._at)
        count = self._before + len(self._found)
        return Found(
            files=tuple(self._described(entry, hits) for entry, hits in self._found),
            total=self._before + self.matched,
            exact=complete,
            next_cursor=Cursor(resume, count).text(self._query.key) if resume else "",
            note=self._note(complete),
        )

    def _note(self, complete: bool) -> str:
        notes = [_not_searched(why, which) for why, which in sorted(self.skipped.items())]
        if not complete and self._page_end is None:
            notes.insert(0, f"Stopped after {self._query.seconds:g} s; go on with next_cursor.")
        return " ".join(notes)

    def _described(self, entry: Entry, hits: tuple[Hit, ...]) -> FoundFile:
        return FoundFile(
            uri=uri_of(entry.parts),
            kind=entry.kind,
            size=0 if entry.kind == "directory" else entry.status.st_size,
            modified=modified_of(entry.status),
            version=self._version(entry),
            hits=hits,
        )

    def _version(self, entry: Entry) -> str:
        if not wanted(entry.kind, "file") or entry.status.st_size > _HASHED_BYTES:
            return ""
        try:
            return version_of(self._loader.load(entry.parts).data)
        except DeskhandError:
            return ""


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _not_searched(why: str, which: Sequence[Parts]) -> str:
    names = ", ".join(typed(parts) for parts in which[:_NAMED])
    more = f" and {len(which) - _NAMED:,} more" if len(which) > _NAMED else ""
    return f"{_files(len(which))} {why} {'was' if len(which) == 1 else 'were'} not searched: {names}{more}."


def _around(match: re.Match[str]) -> str:
    """The match with some text around it, on one line."""
    unit = match.string
    begin, end = max(match.start() - _AROUND, 0), min(match.end() + _AROUND, len(unit))
    cut = " ".join(unit[begin:end].split())
    return visible(f"{'…' if begin else ''}{cut}{'…' if end < len(unit) else ''}")
