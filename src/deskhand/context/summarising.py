"""Tries to put a summary in the digest's place: who writes it may fail, and what is written may be wrong."""

from collections.abc import Sequence

from deskhand.context.compaction import Compaction, summarised
from deskhand.context.digest import HEADER, Item, cited
from deskhand.context.facts import facts
from deskhand.context.summary import Summarizer, SummaryItem, SummaryRequest, accepted
from deskhand.context.tokens import TokenMeter
from deskhand.errors import DeskhandError


async def try_summary(summarizer: Summarizer, compaction: Compaction, meter: TokenMeter) -> Compaction:
    """The compaction with a summary where its digest was, if one comes that can be used.

    Otherwise the compaction as it was, with the reason in its receipt's note. The summary may take as much room as the
    digest did and must keep every fact that the digest quotes; a compaction without a digest needs none.
    """
    if not compaction.items:
        return compaction
    request = _request(compaction, meter)
    try:
        summary = (await summarizer.summarize(request)).strip()
    except Exception as error:  # it is anybody's code, and the digest is there whatever happens to it
        said = error.message if isinstance(error, DeskhandError) else type(error).__name__
        return _refused(compaction, f"The summary failed: {said}")
    verdict = accepted(request, summary, lambda text: _beside_header(text, meter))
    return summarised(compaction, summary, meter) if verdict.ok else _refused(compaction, verdict.why)


def _request(compaction: Compaction, meter: TokenMeter) -> SummaryRequest:
    items = compaction.items
    room = meter.text(compaction.receipt.digest) - meter.text(HEADER)
    return SummaryRequest([_quoted(item) for item in items], _must_keep(items), room)


def _quoted(item: Item) -> SummaryItem:
    message = item.message
    return SummaryItem(cited(message.id), message.metadata.timestamp, message.role, item.text)


def _must_keep(items: Sequence[Item]) -> list[str]:
    """The facts of what is quoted, each once, in a fixed order."""
    return list(dict.fromkeys(fact for item in items for fact in sorted(facts(item.text))))


def _beside_header(text: str, meter: TokenMeter) -> int:
    """What a text adds to the digest's header, counted as the digest was."""
    return meter.text(f"{HEADER}\n{text}") - meter.text(HEADER)


def _refused(compaction: Compaction, why: str) -> Compaction:
    note = f"{compaction.receipt.note} {why} The digest quotes instead.".lstrip()
    return Compaction(compaction.messages, compaction.receipt.model_copy(update={"note": note}), compaction.items)
