"""JSON documents of a web service that is sometimes down: conditional requests, retries, the last good copy."""

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import anyio
from anyio import to_thread
from pydantic import BaseModel, ValidationError

from deskhand.errors import LimitExceeded, NotFound, Unavailable
from deskhand.outbound import Answer, Outbound

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=BaseModel)

TRIES = 3
RETRIED = frozenset({429, 500, 502, 503, 504})
LONGEST_PAUSE = 5.0
"""Seconds. A service that wants a longer pause gets it, but the caller is not kept waiting."""
PAUSE_AFTER_FAILURE = timedelta(seconds=30)
DEFAULT_FRESH = timedelta(seconds=60)
LONGEST_FRESH = timedelta(days=1)
"""Nor is a failing service left alone for longer, whatever it says."""
KEPT = 500
"""Documents in memory, and on disk."""


@dataclass(frozen=True, slots=True)
class Document(Generic[M]):
    """A parsed document: when the service last confirmed it, and what is wrong if that is not now."""

    value: M
    as_of: datetime
    trouble: str = ""


class _Copy(BaseModel):
    """A document as it was received, in memory and on disk."""

    path: str
    body: str
    confirmed: datetime
    fresh_until: datetime
    etag: str | None = None
    modified: str | None = None
    trouble: str = ""


class Feed:
    """Reads documents below `base_url` and keeps the last good copy of each in `folder`."""

    def __init__(
        self,
        base_url: str,
        http: Outbound,
        folder: Path,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._folder = folder
        self._now = now
        self._sleep = sleep
        self._copies: dict[str, _Copy] = {}
        self._locks: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()
        self.trouble = ""
        """What went wrong with the last request; empty when it went well."""

    async def get(self, path: str, model: type[M]) -> Document[M]:
        """The document at `path`, at most as old as the service allows, or the last good copy.

        Raises:
            NotFound: the service has no such document.
            Unavailable: the service fails, or answers something else than `model`, and there is no copy.
        """
        async with self._locks.setdefault(path, anyio.Lock()):  # callers who ask together share one request
            copy = self._copies.get(path) or await to_thread.run_sync(_load, self._file(path))
            last = _parsed(copy, model)
            if last is None or copy is None:
                return await self._refresh(path, model, None)
            if self._now() < copy.fresh_until:
                return last
            try:
                return await self._refresh(path, model, copy)
            except Unavailable as error:
                pause = timedelta(seconds=error.retry_after) if error.retry_after else PAUSE_AFTER_FAILURE
                changed = {"trouble": error.message, "fresh_until": self._now() + min(pause, LONGEST_FRESH)}
                self._remember(copy.model_copy(update=changed))
                return replace(last, trouble=error.message)

    async def _refresh(self, path: str, model: type[M], copy: _Copy | None) -> Document[M]:
        try:
            received = self._received(path, await self._ask(path, copy), copy)
            document = _parsed(received, model)
            if document is None:
                raise Unavailable("The service answered something this version does not understand.")
        except Unavailable as error:
            self.trouble = error.message
            raise
        self.trouble = ""
        self._remember(received)
        try:
            await to_thread.run_sync(_save, self._file(path), received)
        except OSError:
            logger.warning("the last good copy of %s cannot be kept", path, exc_info=True)
        return document

    def _received(self, path: str, answer: Answer, copy: _Copy | None) -> _Copy:
        now = self._now()
        fresh_until = now + _lifetime(answer)
        if answer.status == 304 and copy is not None:
            return copy.model_copy(update={"confirmed": now, "fresh_until": fresh_until, "trouble": ""})
        if answer.status == 404:
            raise NotFound(f"The service has nothing at {path}.")
        if answer.status != 200:
            raise Unavailable(f"The service refused the request (HTTP {answer.status}). Does it accept our user_agent?")
        return _Copy(
            path=path,
            body=answer.body.decode(errors="replace"),
            confirmed=now,
            fresh_until=fresh_until,
            etag=answer.headers.get("etag"),
            modified=answer.headers.get("last-modified"),
        )

    async def _ask(self, path: str, copy: _Copy | None) -> Answer:
        """One answer that is not a passing failure, in at most `TRIES` requests."""
        failure = Unavailable()
        for attempt in range(TRIES):
            if attempt:
                await self._sleep(failure.retry_after or 0.5 * 2**attempt)
            try:
                answer = await self._http.request("GET", self._base_url + path, headers=_conditions(copy))
            except (Unavailable, LimitExceeded) as error:
                failure = Unavailable(error.message)
                continue
            if answer.status not in RETRIED:
                return answer
            pause = _retry_after(answer, self._now())
            failure = Unavailable(f"The service does not answer (HTTP {answer.status}).", retry_after=pause)
            if pause is not None and pause > LONGEST_PAUSE:
                break
        raise failure

    def _remember(self, copy: _Copy) -> None:
        self._copies.pop(copy.path, None)
        self._copies[copy.path] = copy
        if len(self._copies) > KEPT:
            del self._copies[next(iter(self._copies))]

    def _file(self, path: str) -> Path:
        return self._folder / f"{hashlib.sha256(path.encode()).hexdigest()[:32]}.json"


def _parsed(copy: _Copy | None, model: type[M]) -> Document[M] | None:
    if copy is None:
        return None
    try:
        return Document(model.model_validate_json(copy.body), copy.confirmed, copy.trouble)
    except ValidationError:
        return None


def _conditions(copy: _Copy | None) -> dict[str, str]:
    """Ask only for what changed (RFC 9110 section 13)."""
    etag, modified = (copy.etag, copy.modified) if copy else (None, None)
    conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
    return {"Accept": "application/geo+json"} | {name: value for name, value in conditions.items() if value}


def _lifetime(answer: Answer) -> timedelta:
    """How long an answer is fresh (RFC 9111 section 4.2), within bounds."""
    control = answer.headers.get("cache-control", "")
    if re.search(r"\bno-(cache|store)\b", control):
        return timedelta(0)
    seconds = re.search(r"\bmax-age=(\d{1,9})", control)
    age = answer.headers.get("age", "0")
    if seconds is None:
        return DEFAULT_FRESH
    return min(timedelta(seconds=max(0, int(seconds[1]) - (_seconds(age) or 0))), LONGEST_FRESH)


def _retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds the service asks us to wait (RFC 9110 section 10.2.3): a number, or a date."""
    value = answer.headers.get("retry-after", "").strip()
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(value)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _seconds(value: str) -> int | None:
    """A number of seconds (RFC 9110 section 10.2.3): ASCII digits, and no more of them than a time can have."""
    return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else None


def _load(file: Path) -> _Copy | None:
    try:
        return _Copy.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _save(file: Path, copy: _Copy) -> None:
    """Replace the file in one step, and drop the oldest ones over the bound."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, suffix=".new", encoding="utf-8", delete=False) as new:
        new.write(copy.model_dump_json())
    Path(new.name).replace(file)
    files = sorted(file.parent.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in files[KEPT:]:
        old.unlink(missing_ok=True)
