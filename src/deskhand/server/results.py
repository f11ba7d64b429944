"""Large results: kept whole behind `result://{id}`, shown shortened. Bound to their caller; they expire."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import cast

from anyio import to_thread
from mcp_types import CallToolResult, ResourceLink, TextContent
from pydantic import JsonValue

from deskhand.context.tokens import estimate
from deskhand.errors import InvalidInput, NotFound
from deskhand.principal import Principal

TEMPLATE = "result://{id}{?offset,length}"
PAGE_CHARACTERS = 60_000
"""Most characters one read of a result gives: about 15,000 tokens of English."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored result: its URI and how long the whole text is, in characters."""

    uri: str
    characters: int


class Results:
    """Stores large outputs as files in `folder`, under names that cannot be guessed."""

    def __init__(self, folder: Path, *, hours: float, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._seconds = hours * 3600
        self._now = now

    async def keep(self, text: str, owner: Principal) -> Kept:
        """Store `text` for `owner` and return where it can be read."""
        key = token_urlsafe(16)
        await to_thread.run_sync(self._write, key, {"subject": owner.subject, "at": self._now(), "text": text})
        return Kept(f"result://{key}", len(text))

    async def read(self, key: str, caller: Principal, *, offset: int = 0, length: int | None = None) -> str:
        """A part of a stored result, `offset` and `length` in characters.

        Raises:
            NotFound: there is none with that key, it expired, or it is somebody else's.
        """
        text = await to_thread.run_sync(self._text, key, caller.subject)
        if not 0 <= offset <= len(text):
            raise InvalidInput(f"offset must be between 0 and {len(text):,}, got {offset:,}.")
        end = min(len(text), offset + min(length or PAGE_CHARACTERS, PAGE_CHARACTERS))
        more = f"\n[{len(text) - end:,} more characters: result://{key}?offset={end}]" if end < len(text) else ""
        return text[offset:end] + more

    async def fit(self, result: CallToolResult, *, tool: str, caller: Principal, max_tokens: int) -> CallToolResult:
        """`result` as it is when it fits; else shortened, still valid for its schema, with a link to the whole."""
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        structured = result.structured_content
        whole = json.dumps(structured, ensure_ascii=False) if structured is not None else ""
        if max(estimate(text), estimate(whole)) <= max_tokens:
            return result
        kept = await self.keep(text if len(text) >= len(whole) else whole, caller)
        return _shortened(result, kept, tool=tool, characters=max_tokens * 2)

    def _path(self, key: str) -> Path:
        if not key or not key.replace("-", "").replace("_", "").isalnum():
            raise NotFound(f"There is no result {key!r}.")
        return self._folder / f"{key}.json"

    def _write(self, key: str, entry: Mapping[str, object]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        path = self._path(key)
        path.touch(mode=0o600)
        path.write_text(json.dumps(entry), encoding="utf-8")

    def _text(self, key: str, subject: str) -> str:
        missing = NotFound(f"There is no result {key!r}, or it expired. Call the tool again.")
        try:
            entry = json.loads(self._path(key).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise missing from None
        if entry["subject"] != subject or entry["at"] + self._seconds < self._now():
            raise missing
        return cast(str, entry["text"])

    def _sweep(self) -> None:
        for path in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):  # another process on this folder sweeps too
                if path.stat().st_mtime + self._seconds < self._now():
                    path.unlink()


def _shortened(result: CallToolResult, kept: Kept, *, tool: str, characters: int) -> CallToolResult:
    note = (
        f"The result of {tool} is large ({kept.characters:,} characters). This is a shortened view; "
        f"read the whole at {kept.uri} (add ?offset=N to page), or ask for less."
    )
    link = ResourceLink(type="resource_link", uri=kept.uri, name=f"{tool} result", size=kept.characters)
    others = [block for block in result.content if not isinstance(block, TextContent)]
    if result.structured_content is None:
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        body = TextContent(type="text", text=_clip(text, characters))
        content = [TextContent(type="text", text=note), body, *others, link]
        return result.model_copy(update={"content": content})
    short = cast("dict[str, JsonValue]", shorten(cast(JsonValue, result.structured_content), characters))
    body = TextContent(type="text", text=json.dumps(short, ensure_ascii=False))
    content = [TextContent(type="text", text=note), body, *others, link]
    return result.model_copy(update={"structured_content": short, "content": content})


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
