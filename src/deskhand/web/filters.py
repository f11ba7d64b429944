"""Values as a person reads them, for the templates."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from markupsafe import Markup, escape
from pydantic import JsonValue

from deskhand.host.mention_words import readable_address, readable_mentions
from deskhand.visible import visible
from deskhand.web.links import quoted
from deskhand.web.prose import prose
from deskhand.web.results import readable
from deskhand.web.sentences import decided, remembered, spent
from deskhand.web.values import passage, tree

_CODE = re.compile(r"`([^`\n]+)`")


def seconds(milliseconds: float) -> str:
    """A duration: `240 ms`, `1.5 s`."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def number(value: float) -> str:
    """With separators: `12,000`."""
    return f"{value:,}"


def figure(value: float) -> str:
    """A measure as short as it can be: `3`, `2.5`."""
    return f"{value:g}"


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


def verbatim(text: object) -> Markup:
    """Text that must not be changed, such as what a form holds: hidden characters in it stay hidden."""
    return escape(text)


def coded(text: str) -> Markup:
    """A sentence of ours, in which what stands between backticks is code."""
    seen = as_seen(text)
    if isinstance(seen, Markup):
        return seen
    parts = _CODE.split(str(seen))
    return Markup().join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def diff_lines(diff: str) -> list[tuple[str, str]]:
    """The lines of a unified diff with their class: `add`, `del`, `at`, or none."""
    classes = {"+": "add", "-": "del", "@": "at"}
    return [(classes.get(line[:1], ""), line) for line in diff.split("\n")]


def as_seen(value: object) -> object:
    """What templates show: text with its control and invisible characters as escapes. HTML stays as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return visible(value.replace("\r\n", "\n"))


FILTERS: Mapping[str, Callable[..., object]] = {
    "seconds": seconds,
    "number": number,
    "plural": plural,
    "size": size,
    "indented": indented,
    "iso": iso,
    "prose": prose,
    "figure": figure,
    "quoted": quoted,
    "verbatim": verbatim,
    "tree": tree,
    "passage": passage,
    "readable": readable,
    "diff_lines": diff_lines,
    "coded": coded,
    "mentions": readable_mentions,
    "address": readable_address,
    "remembered": remembered,
    "decided": decided,
    "spent": spent,
}
