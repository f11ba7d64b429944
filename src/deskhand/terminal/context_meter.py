"""How full the model's window is: for the toolbar and `/context`, between the requests that measure it too."""

from collections.abc import Sequence

from deskhand.host.events import ContextMeasured, Event
from deskhand.host.short_term import ShortTermMemory
from deskhand.terminal.printable import one_line

RESERVED = "reserved for the answer"


class ContextMeter:
    """Keeps the last `ContextMeasured`, up to date with what the conversation became since."""

    def __init__(self) -> None:
        self.measured: ContextMeasured | None = None
        """None before the first request of this run of the program."""

    def hear(self, event: Event) -> None:
        """Take one event; only one kind matters."""
        if isinstance(event, ContextMeasured):
            self.measured = event

    def forget(self) -> None:
        """Another model answers: how much fits, and what it takes, is not known before it is asked."""
        self.measured = None

    def recount(self, memory: ShortTermMemory) -> None:
        """Count the conversation anew: it was answered, compacted, restored or is another one."""
        if self.measured is not None:
            self.measured = recounted(self.measured, memory)

    @property
    def full(self) -> float | None:
        """The share that is taken of what can be: the window less what is reserved. None while it is not known."""
        if self.measured is None:
            return None
        usable = self.measured.window - self.measured.reserved
        return (usable - self.measured.free) / usable if usable > 0 else 1.0

    def short(self) -> str:
        """For the toolbar: `context 31 %`; empty while it is not known."""
        return "" if self.full is None else f"context {percent(self.full)}"


def percent(share: float) -> str:
    """`31 %`."""
    return "< 1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def recounted(measured: ContextMeasured, memory: ShortTermMemory) -> ContextMeasured:
    """The same request, with the conversation as it is now."""
    digest, recalled = memory.digest_tokens(), memory.recalled_tokens()
    history = memory.window.tokens() - digest
    before = measured.digest + measured.recalled + measured.history
    return measured.model_copy(
        update={
            "digest": digest,
            "recalled": recalled,
            "history": history,
            "free": measured.free + before - (digest + recalled + history),
        }
    )


def parts(measured: ContextMeasured) -> Sequence[tuple[str, int]]:
    """What takes how many tokens, in the order in which the model reads it; what takes none is left out."""
    tools = [(f"tools: {one_line(server, 40)}", tokens) for server, tokens in measured.tools.items()]
    every = [
        ("system prompt", measured.system),
        ("memory", measured.memory),
        *tools,
        ("digest", measured.digest),
        ("history", measured.history),
        ("came back", measured.recalled),
        (RESERVED, measured.reserved),
    ]
    return [*((name, tokens) for name, tokens in every if tokens), ("free", measured.free)]
