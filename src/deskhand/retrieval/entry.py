"""One thing that can be found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index keeps of a text: its terms and its vector, not the text.

    Entries of one stream stand in line by `order` (seconds, or a count), and the ones before and after count a
    little for each other; an entry of stream "" stands alone. Of two equally good hits the one with the higher
    `order` comes first.
    """

    key: str
    terms: bytes
    """From `index_terms`."""
    vector: bytes | None = None
    """Little-endian float16 of unit length, all of one model; None when not embedded, or not covered by the model."""
    stream: str = ""
    order: float = 0.0
