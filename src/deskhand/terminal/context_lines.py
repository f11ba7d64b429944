"""What happened to the model's view of a conversation, each on one line."""

from deskhand.host.events import ContextCompacted, ContextRecalled, ContextRestored, MessagePinned
from deskhand.terminal.printable import one_line

ContextChanged = ContextCompacted | ContextRestored | ContextRecalled | MessagePinned
"""The events that say what became of the view. `ContextMeasured` only says how large it is."""

QUOTED = 80
"""Characters of a message that a line quotes."""
COMPACTED_HINT = "/context shows it, /undo-compaction takes it back"
_BECAUSE = {"budget": "", "overflow": "The model refused the conversation as too long. ", "asked": ""}


def context_line(event: ContextChanged) -> str:
    """What a person should know of it."""
    match event:
        case ContextCompacted():
            return _compacted(event)
        case ContextRestored():
            return _restored(event)
        case ContextRecalled():
            came = "message" if len(event.messages) == 1 else "messages"
            return f"{len(event.messages)} earlier {came} came back ({event.tokens:,} tokens)"
        case MessagePinned():
            return f"Pinned: “{one_line(event.text, QUOTED)}” stays in view, word for word."


def _compacted(event: ContextCompacted) -> str:
    moved = f"{counted(event.moved_out, 'message')} moved to the log" if event.moved_out else ""
    told = "a summary tells of" if event.by == "summary" else "the digest tells of"
    digested = f"{told} {event.digested:,}" if event.digested else ""
    shortened = f"{counted(event.shortened, 'result')} in short" if event.shortened else ""
    what = ", ".join(filter(None, (moved, digested, shortened)))
    tokens = f"Compacted: {event.tokens_before:,} → {event.tokens_after:,} tokens"
    note = f" ({one_line(event.note)})" if event.note else ""
    return f"{_BECAUSE[event.trigger]}{'; '.join(filter(None, (tokens, what)))}{note}"


def _restored(event: ContextRestored) -> str:
    numbers = ", ".join(map(str, event.receipts))
    which = f"Compaction {numbers} is" if len(event.receipts) == 1 else f"Compactions {numbers} are"
    return f"{which} taken back: the model sees again what it saw before ({event.tokens:,} tokens)."


def counted(number: int, what: str) -> str:
    """`1 message`, `38 messages`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
