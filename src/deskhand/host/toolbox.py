"""The tools the model is offered: what the connections offer now, less what is in quarantine."""

from collections.abc import Callable, Sequence

from deskhand.context.message import ToolCall
from deskhand.host.consent import Consent
from deskhand.host.events import DefinitionChanged, Event, Notice
from deskhand.host.human import ApprovalRequest, Human
from deskhand.host.policy import ask
from deskhand.host.shelf import Shelf
from deskhand.host.tool_names import FIND_TOOLS, OWN
from deskhand.host.tools import OfferedTool, ToolSource
from deskhand.models.model import ToolSpec

_TOLD = (
    "The {} tools are too many for this model's context window: it sees those that fit, and finds others when needed."
)


class Toolbox:
    """Looks at every definition before the model does. A changed one is shown to the person, once per session."""

    def __init__(
        self, source: ToolSource, consent: Consent, human: Human, emit: Callable[[Event], None], shelf: Shelf
    ) -> None:
        self._source = source
        self._shelf = shelf
        self._told = False
        self._consent = consent
        self._human = human
        self._emit = emit
        self._shown: set[tuple[str, str]] = set()
        self._tools: dict[str, OfferedTool] = {}
        self._quarantined: set[str] = set()
        self._away: dict[str, OfferedTool] = {}
        self._offered: Sequence[OfferedTool] = []
        self._own: list[ToolSpec] = []
        self._specs: list[ToolSpec] = []

    async def refresh(self) -> None:
        """Take stock of what is offered now; asks about definitions that changed since the person agreed to them."""
        tools = self._source.tools()
        changed = await self._consent.changed(tools)
        new = [tool for tool in changed if (tool.endpoint, tool.fingerprint) not in self._shown]
        if new:
            await self._show(new)
            changed = await self._consent.changed(tools)
        self._quarantined = {tool.name for tool in changed}
        agreed = {tool.name: tool for tool in tools if tool.name not in self._quarantined}
        if agreed != self._tools or tools != self._offered:
            self._replace(agreed, tools)

    def find(self, name: str) -> OfferedTool | None:
        """The tool with this name, if the model may call it.

        A tool whose server is away stays known: calling it tells the model so, and may find the server back.
        """
        return self._tools.get(name) or self._away.get(name)

    def server_of(self, name: str) -> str:
        """Which server offers the tool of this name; empty when it is not known."""
        tool = self.find(name)
        return tool.server if tool else ""

    def quarantined(self, name: str) -> bool:
        """Whether the tool exists, but with a definition that nobody agreed to."""
        return name in self._quarantined

    @property
    def names(self) -> list[str]:
        """What the model can call."""
        return list(self._tools)

    def wish(self, text: str) -> None:
        """What the person asks for, by which tools are chosen where not all fit the model's window."""
        self._shelf.wish(text)

    def specs(self) -> Sequence[ToolSpec]:
        """The tools as the model sees them; the same object for as long as they are the same.

        Where all would take too much of the window, those that fit, and one to find others by.
        """
        offered = [*self._own, *self._shelf.offered()]
        if not self._shelf.fits and not self._told:
            self._told = True
            self._emit(Notice(level="info", text=_TOLD.format(len(self._shelf.names))))
        if offered != self._specs:
            self._specs = offered
        return self._specs

    def _replace(self, agreed: dict[str, OfferedTool], offered: Sequence[OfferedTool]) -> None:
        present = {(tool.endpoint, tool.tool.name) for tool in offered}
        known = self._away | self._tools
        self._away = {name: tool for name, tool in known.items() if (tool.endpoint, tool.tool.name) not in present}
        self._tools, self._offered = agreed, offered
        self._shelf.put([_spec(tool) for tool in agreed.values() if tool.name not in OWN])
        own = {name: tool for name, tool in agreed.items() if name in OWN}
        if self._shelf.fits:
            own.pop(FIND_TOOLS, None)
        self._own = [_spec(tool) for tool in own.values()]

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


def _spec(tool: OfferedTool) -> ToolSpec:
    return ToolSpec(tool.name, tool.tool.description or tool.title, tool.tool.input_schema)
