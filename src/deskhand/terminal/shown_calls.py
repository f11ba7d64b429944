"""The calls of a conversation in the order of their cards, which is what `/result 3` counts in."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from deskhand.context.message import ToolCall


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call whose card has this number."""

    id: str
    number: int
    namesakes: int
    """Later calls of the same id: providers that only count begin anew now and then."""


class ShownCalls:
    """Numbers calls from 1 as they are shown. Results come in the order in which calls end, which is another one."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, str]] = []
        """Ids and names: arguments may be large, and a chat long."""

    def begin(self, earlier: Iterable[ToolCall]) -> None:
        """Another conversation, with these calls before those that will be shown."""
        self._calls = [(call.id, call.name) for call in earlier]

    def add(self, call: ToolCall) -> int:
        """One more is shown; its number."""
        self._calls.append((call.id, call.name))
        return len(self._calls)

    def names(self) -> Collection[str]:
        """The tools that were called."""
        return {name for _, name in self._calls}

    def of_number(self, number: int) -> ShownCall | None:
        """The call with this number."""
        if not 0 < number <= len(self._calls):
            return None
        call_id, _ = self._calls[number - 1]
        namesakes = sum(later == call_id for later, _ in self._calls[number:])
        return ShownCall(call_id, number, namesakes)

    def last(self, tool: str = "") -> ShownCall | None:
        """The last call, or the last of this tool."""
        numbers = [number for number, (_, name) in enumerate(self._calls, 1) if not tool or name == tool]
        return self.of_number(numbers[-1]) if numbers else None
