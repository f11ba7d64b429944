"""How an entry reads to the index and to the model: who said what, and when, so that a question can ask for each."""

from datetime import datetime

from deskhand.retrieval.months import ENGLISH


def passage(text: str, speaker: str = "", at: datetime | None = None) -> str:
    """The text to index: `Anna: we met in Rome`, and the day on a line of its own, `7 May 2026`."""
    said = spoken(text, speaker)
    return f"{said}\n{at.day} {ENGLISH[at.month - 1]} {at.year}" if at else said


def spoken(text: str, speaker: str = "") -> str:
    """The text to embed: with who said it, which questions name (5 points of R@5), not the day, which adds none."""
    return f"{speaker}: {text}" if speaker else text
