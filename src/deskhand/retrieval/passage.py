"""How an entry reads to the index: who said it, what, and when, so that a question can ask for each."""

from datetime import datetime

from deskhand.retrieval.months import ENGLISH


def passage(text: str, speaker: str = "", at: datetime | None = None) -> str:
    """The text to index: `Anna: we met in Rome` and the day on a line of its own, `7 May 2026`."""
    said = f"{speaker}: {text}" if speaker else text
    return f"{said}\n{at.day} {ENGLISH[at.month - 1]} {at.year}" if at else said
