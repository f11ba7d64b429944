"""What a person types, for tests without a terminal."""

from collections import deque


class Lines:
    """What the person types, then the end of the input."""

    def __init__(self, *lines: str) -> None:
        self._lines = deque(lines)

    async def read(self) -> str:
        if not self._lines:
            raise EOFError
        return self._lines.popleft()
