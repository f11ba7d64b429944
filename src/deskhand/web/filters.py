"""Values as a person reads them, for the templates."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue

from deskhand.web.prose import prose


def seconds(milliseconds: float) -> str:
    """A duration: `240 ms`, `1.5 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def number(value: float) -> str:
    """With separators: `12,000`."""
    return f"{value:,}"


def plural(count: int, word: str, words: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def size(count: int) -> str:
    """Bytes: `900 B`, `1.2 KB`, `3.4 MB`."""
    value, unit = float(count), "B"
    for larger in ("KB", "MB", "GB"):
        if value < 1_000:
            break
        value, unit = value / 1_000, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def indented(value: JsonValue) -> str:
    """JSON that can be read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def iso(at: datetime) -> str:
    """A time as machines read it; the page shows it in the reader's zone."""
    return at.isoformat(timespec="seconds")


FILTERS: Mapping[str, Callable[..., object]] = {
    "seconds": seconds,
    "number": number,
    "plural": plural,
    "size": size,
    "indented": indented,
    "iso": iso,
    "prose": prose,
}
