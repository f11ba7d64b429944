"""The tools the model is offered: what the connections offer now, less what is in quarantine."""

from collections.abc import Callable, Sequence

from deskhand.context.message import ToolCall
from deskhand.host.consent import Consent
from deskhand.host.events import DefinitionChanged, Event
from deskhand.host.human import ApprovalRequest, Human
from deskhand.host.policy import ask
from deskhand.host.tools import OfferedTool, ToolSource
from deskhand.models.model import ToolSpec


class Toolbox:
    """Looks at every definition before the model does. A changed one is shown to the person, once per session."""

    def __init__(self, source: ToolSource, consent: Consent, human: Human, emit: Callable[[Event], None]) -> None:
        self._source = source
        self._consent = consent
        self._human = human
        self._emit = emit
        self._shown: set[tuple[str, str]] = set()
        self._tools: dict[str, OfferedTool] = {}
        self._quarantined: dict[str, OfferedTool] = {}
        self._specs: dict[tuple[str, str], ToolSpec] = {}

    async def refresh(self) -> None:
        """Take stock of what is offered now; asks about definitions that changed since the person agreed to them."""
        tools = self._source.tools()
        changed = await self._consent.changed(tools)
        new = [tool for tool in changed if (tool.endpoint, tool.fingerprint) not in self._shown]
        if new:
            await self._show(new)
            changed = await self._consent.changed(tools)
        self._quarantined = {tool.name: tool for tool in changed}
        self._tools = {tool.name: tool for tool in tools if tool.name not in self._quarantined}

    def find(self, name: str) -> OfferedTool | None:
        """The tool with this name, if the model may call it."""
        return self._tools.get(name)

    def quarantined(self, name: str) -> bool:
        """Whether the tool exists, but with a definition that nobody agreed to."""
        return name in self._quarantined

    @property
    def names(self) -> list[str]:
        """What the model can call."""
        return list(self._tools)

    def specs(self) -> list[ToolSpec]:
        """The tools as the model sees them."""
        return [self._spec(tool) for tool in self._tools.values()]

    def _spec(self, tool: OfferedTool) -> ToolSpec:
        key = (tool.name, tool.fingerprint)
        if key not in self._specs:
            self._specs[key] = ToolSpec(tool.name, tool.tool.description or tool.title, tool.tool.input_schema)
        return self._specs[key]

    async def _show(self, changed: Sequence[OfferedTool]) -> None:
        requests = [self._request(tool) for tool in changed]
        for tool, request in zip(changed, requests, strict=True):
            self._shown.add((tool.endpoint, tool.fingerprint))
            self._emit(DefinitionChanged(server=tool.server, tool=tool.name, diff=request.diff))
        answers = await ask(self._human, requests, self._emit)
        agreed = [tool for tool, answer in zip(changed, answers, strict=True) if answer.allow]
        if agreed:
            await self._consent.pin(agreed)

    def _request(self, tool: OfferedTool) -> ApprovalRequest:
        call = ToolCall(id=f"definition:{tool.fingerprint[:12]}", name=tool.name, arguments={})
        return ApprovalRequest(call, tool.server, tool.title, "definition changed", self._consent.diff(tool))
