"""Put a summary where the digest was, if it can be trusted: `python docs_src/own_summary.py`."""

import re
from datetime import UTC, datetime

import anyio
from chat_within_budget import said_before

from deskhand.context.dialogue import by_id
from deskhand.context.shape import DEFAULT
from deskhand.context.summarising import try_summary
from deskhand.context.summary import SummaryRequest
from deskhand.context.window import Window


class Careless:
    """Forgets the price."""

    async def summarize(self, request: SummaryRequest) -> str:
        """Where your model is asked: give it `request.prompt()`."""
        return "2026-05-09: the offer came, and was taken [m28]."


class Careful:
    """Keeps every name, number and date, and says of each line where it is from."""

    async def summarize(self, request: SummaryRequest) -> str:
        """Leaves out the small words."""
        said = [(item, re.sub(r"\b(a|and|are|is|of|that|the|was) ", "", item.text)) for item in request.items]
        return "\n".join(f"{item.when:%Y-%m-%d}: {text} [{item.id}]" for item, text in said)


async def main() -> None:
    """Compact the same talk with each."""
    for summarizer in (Careless(), Careful()):
        window = Window(said_before(), (), by_id, shape=DEFAULT)
        done = window.compact(1_000, number=1, now=datetime.now(UTC))
        done = await try_summary(summarizer, done, window.meter)
        window.receipts[-1] = done.receipt  # the view has the summary from here on
        print(type(summarizer).__name__, "→", done.receipt.by, done.receipt.note)


if __name__ == "__main__":
    anyio.run(main)
