"""Reading on in what was too long to show at once: a page of it, or the places where a text occurs."""

import re
from itertools import islice

from deskhand.store.conversations import StoredOutput

PAGE = 8_000
"""Characters of one page."""

_MATCHES = 20
_AROUND = 120  # characters on each side of a match


def page(output: StoredOutput, offset: int) -> str:
    """One page of an output, and where the next begins."""
    text = output.text
    end = min(offset + PAGE, len(text))
    if offset >= len(text) > 0:
        return f"The output has {len(text):,} characters; there is nothing at {offset:,}."
    rest = f"Go on with offset={end}." if end < len(text) else "This is the end."
    return f"[{output.source}, characters {offset:,} to {end:,} of {len(text):,}. {rest}]\n{text[offset:end]}"


def matches(output: StoredOutput, search: str) -> str:
    """Where a text occurs in an output, with what stands around it."""
    text = output.text
    pattern = re.compile(re.escape(search), re.IGNORECASE)
    found = [match.start() for match in islice(pattern.finditer(text), _MATCHES + 1)]
    if not found:
        return f"[{output.source}: {search!r} does not occur in the {len(text):,} characters.]"
    places = [f"at {at}: …{text[max(0, at - _AROUND) : at + len(search) + _AROUND]}…" for at in found[:_MATCHES]]
    count = str(len(found)) if len(found) <= _MATCHES else f"more than {_MATCHES}"
    return f"[{output.source}: {search!r} found, places: {count}.]\n" + "\n".join(places)
