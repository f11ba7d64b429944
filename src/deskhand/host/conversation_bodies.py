"""Messages of one conversation as they were read lately: a question finds much of what those before it found."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from deskhand.store.conversations import StoredMessage

MOST_CHARACTERS = 4_000_000
"""Of all bodies that are kept, some thousands of messages; what was wanted longest ago goes first."""


class Bodies:
    """JSON texts of messages, by their positions. What a message says never changes, but its priority may: then
    `forget`."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._kept: OrderedDict[int, StoredMessage] = OrderedDict()
        self._characters = 0

    def keep(self, messages: Iterable[StoredMessage]) -> None:
        """Have these at hand, in place of what is known of them."""
        for message in messages:
            self._drop(message.position)
            self._kept[message.position] = message
            self._characters += len(message.body)
        while self._characters > self._most:
            self._drop(next(iter(self._kept)))

    def forget(self) -> None:
        """Read everything again."""
        self._kept.clear()
        self._characters = 0

    async def at(
        self, positions: Sequence[int], read: Callable[[Sequence[int]], Awaitable[Iterable[StoredMessage]]]
    ) -> list[StoredMessage]:
        """The messages at these positions, in order; `read` gives those that are not at hand."""
        known = [self._kept[position] for position in positions if position in self._kept]
        for message in known:
            self._kept.move_to_end(message.position)
        missing = [position for position in positions if position not in self._kept]
        found = list(await read(missing)) if missing else []
        self.keep(found)
        return sorted([*known, *found], key=lambda message: message.position)

    def _drop(self, position: int) -> None:
        dropped = self._kept.pop(position, None)
        self._characters -= len(dropped.body) if dropped else 0
