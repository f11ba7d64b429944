"""Large results: kept whole behind `result://{id}`, shown shortened. Bound to their caller; they expire."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import cast

from anyio import to_thread
from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import JsonValue

from deskhand.context.tokens import estimate
from deskhand.errors import InvalidInput, NotFound
from deskhand.principal import Principal

logger = logging.getLogger(__name__)

TEMPLATE = "result://{id}{?offset,length}"
PAGE_CHARACTERS = 60_000
"""Most characters one read of a result gives: about 15,000 tokens of English."""
QUOTA_BYTES = 256 * 1024 * 1024
"""How much of one subject's results is kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored result: its URI, None when it could not be stored, and how long the whole is, in characters."""

    uri: str | None
    characters: int


def folder_of(results: Path, subject: str) -> Path:
    """Where the results of one subject lie; a name says nothing about whose they are."""
    return results / hashlib.sha256(subject.encode()).hexdigest()[:32]


class Results:
    """Stores large outputs as files, in a folder for each subject, under names that cannot be guessed."""

    def __init__(
        self, folder: Path, *, hours: float, quota: int = QUOTA_BYTES, now: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._seconds = hours * 3600
        self._quota = quota
        self._now = now

    async def keep(self, text: str, owner: Principal) -> Kept:
        """Store `text` for `owner` and return where it can be read. The owner's oldest make room beyond the quota.

        Raises:
            OSError: the disk does not take it.
        """
        key = token_urlsafe(16)
        await to_thread.run_sync(self._write, self._path(key, owner), text)
        return Kept(f"result://{key}", len(text))

    async def read(self, key: str, caller: Principal, *, offset: int = 0, length: int = PAGE_CHARACTERS) -> str:
        """A part of a stored result, `offset` and `length` in characters.

        Raises:
            NotFound: there is none with that key, it expired, or it is somebody else's.
            InvalidInput: the offset lies behind the end.
        """
        text = await to_thread.run_sync(self._text, key, caller)
        if not 0 <= offset <= len(text):
            raise InvalidInput(f"offset must be between 0 and {len(text):,}, got {offset:,}.")
        end = min(len(text), offset + min(length, PAGE_CHARACTERS))
        more = f"\n[{len(text) - end:,} more characters: result://{key}?offset={end}]" if end < len(text) else ""
        return text[offset:end] + more

    async def fit(self, result: CallToolResult, *, tool: str, caller: Principal, max_tokens: int) -> CallToolResult:
        """`result` as it is when it fits; else shortened, still valid for its schema, with a link to the whole."""
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        structured = result.structured_content
        whole = json.dumps(structured, ensure_ascii=False) if structured is not None else ""
        if max(estimate(text), estimate(whole)) <= max_tokens:
            return result
        longer = text if len(text) >= len(whole) else whole
        try:
            kept = await self.keep(longer, caller)
        except OSError as error:  # the call itself succeeded, so it must not look as if it had failed
            logger.error("the result of %s could not be kept: %s", tool, error)
            kept = Kept(None, len(longer))
        return _shortened(result, kept, tool=tool, characters=max_tokens * 2)

    def _path(self, key: str, owner: Principal) -> Path:
        if not key or not key.replace("-", "").replace("_", "").isalnum():
            raise NotFound(f"There is no result {key!r}.")
        return folder_of(self._folder, owner.subject) / f"{key}.txt"

    def _write(self, path: Path, text: str) -> None:
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = text.encode("utf-8", "surrogatepass")
        self._make_room(path.parent, len(data))
        path.touch(mode=0o600)
        path.write_bytes(data)
        os.utime(path, (self._now(), self._now()))

    def _text(self, key: str, caller: Principal) -> str:
        path = self._path(key, caller)
        try:
            expired = path.stat().st_mtime + self._seconds < self._now()
            text = path.read_bytes().decode("utf-8", "surrogatepass")
        except (FileNotFoundError, ValueError):
            expired, text = True, ""
        if expired:
            raise NotFound(f"There is no result {key!r}, or it expired. Call the tool again.")
        return text

    def _make_room(self, folder: Path, size: int) -> None:
        """Remove what expired, and the oldest until `size` more bytes fit the quota."""
        kept: list[tuple[float, int, Path]] = []
        for path in folder.glob("*.txt"):
            with suppress(FileNotFoundError):  # another process on this folder makes room too
                status = path.stat()
                kept.append((status.st_mtime, status.st_size, path))
        used = sum(bytes_ for _, bytes_, _ in kept)
        for modified, bytes_, path in sorted(kept):
            if modified + self._seconds >= self._now() and used + size <= self._quota:
                return
            path.unlink(missing_ok=True)
            used -= bytes_


def _shortened(result: CallToolResult, kept: Kept, *, tool: str, characters: int) -> CallToolResult:
    note = f"The result of {tool} is large ({kept.characters:,} characters). This is a shortened view; "
    note += (
        f"read the whole at {kept.uri} (add ?offset=N to page), or " if kept.uri else "the whole could not be kept; "
    )
    note += "ask for less."
    if result.structured_content is None:
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        shown, changed = _clip(text, characters), {}
    else:
        short = shorten(cast(JsonValue, result.structured_content), characters)
        shown, changed = json.dumps(short, ensure_ascii=False), {"structured_content": short}
    content: list[ContentBlock] = [TextContent(type="text", text=note), TextContent(type="text", text=shown)]
    content += [block for block in result.content if not isinstance(block, TextContent)]
    if kept.uri:
        content.append(ResourceLink(type="resource_link", uri=kept.uri, name=f"{tool} result", size=kept.characters))
    return result.model_copy(update={"content": content, **changed})


def shorten(value: JsonValue, characters: int) -> JsonValue:
    """A copy of `value` whose JSON text is about `characters` long: long strings are cut visibly, long lists end early.

    Objects keep their keys, so the copy still fits a schema that sets no minimum lengths.
    """
    keep = max(characters, 200)
    while True:
        short = _cut(value, text=keep, items=max(keep // 100, 1))
        if len(json.dumps(short, ensure_ascii=False)) <= characters or keep < 20:
            return short
        keep //= 2


def _cut(value: JsonValue, *, text: int, items: int) -> JsonValue:
    if isinstance(value, str):
        return _clip(value, text)
    if isinstance(value, list):
        return [_cut(item, text=text, items=items) for item in value[:items]]
    if isinstance(value, dict):
        return {key: _cut(item, text=text, items=items) for key, item in value.items()}
    return value


def _clip(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text
    return f"{text[:characters]} […{len(text) - characters:,} more characters]"


def number(text: str) -> int:
    """A count of characters from a URI's query.

    Raises:
        InvalidInput: it is not a whole number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InvalidInput(f"Expected a whole number of characters, got {text[:30]!r}.")
    return int(text)
