"""What a request to the model is made of, in tokens: the parts of the context window and who takes them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deskhand.context.tokens import RESERVE, TokenMeter, estimate
from deskhand.host.events import ContextMeasured
from deskhand.host.short_term import ShortTermMemory
from deskhand.models.model import ToolSpec


@dataclass(frozen=True, slots=True)
class Prompt:
    """The system prompt: what always stands there, and what is said of the memory, which changes and stands last."""

    fixed: str
    memory: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.fixed}\n\n{self.memory}" if self.memory else self.fixed


class Overhead:
    """What stands beside the conversation in each request. Counts the tools once, for as long as they are the same."""

    def __init__(self, window: int, max_output_tokens: int, server_of: Callable[[str], str]) -> None:
        self.window = window
        self._output = max_output_tokens
        self._server_of = server_of
        self._tools: Sequence[ToolSpec] = ()
        self._by_server: dict[str, int] = {}

    def tokens(self, prompt: Prompt, tools: Sequence[ToolSpec], meter: TokenMeter) -> int:
        """The system prompt and the tools."""
        return meter.text(prompt.text) + self.tool_tokens(tools, meter)

    def tool_tokens(self, tools: Sequence[ToolSpec], meter: TokenMeter) -> int:
        """The definitions of the tools."""
        self._count(tools)
        return meter.scaled(sum(self._by_server.values()))

    def room(self, overhead: int) -> int:
        """Tokens the conversation may take: less the answer, the overhead, and a reserve for the estimate."""
        return round(self.window * (1 - RESERVE)) - self._output - overhead

    def measured(self, prompt: Prompt, tools: Sequence[ToolSpec], memory: ShortTermMemory) -> ContextMeasured:
        """All parts of the next request."""
        meter = memory.window.meter
        self._count(tools)
        by_server = {server: meter.scaled(tokens) for server, tokens in self._by_server.items()}
        system, recalled, digest = meter.text(prompt.fixed), memory.recalled_tokens(), memory.digest_tokens()
        remembered = meter.text(prompt.text) - system
        history = memory.window.tokens() - digest
        reserved = self._output + round(self.window * RESERVE)
        used = system + remembered + sum(by_server.values()) + digest + recalled + history + reserved
        return ContextMeasured(
            window=self.window,
            system=system,
            memory=remembered,
            tools=by_server,
            digest=digest,
            recalled=recalled,
            history=history,
            reserved=reserved,
            free=self.window - used,
        )

    def _count(self, tools: Sequence[ToolSpec]) -> None:
        if tools is self._tools:
            return
        self._tools, self._by_server = tools, {}
        for tool in tools:
            text = json.dumps([tool.name, tool.description, tool.parameters], ensure_ascii=False)
            server = self._server_of(tool.name)
            self._by_server[server] = self._by_server.get(server, 0) + estimate(text)
