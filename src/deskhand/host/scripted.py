"""A person and servers without a terminal or a process: for tests, the demo and the fault suite."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import anyio
import mcp_types
from pydantic import JsonValue

from deskhand.errors import InvalidInput, NotFound, Unavailable
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.host.tools import CallOutcome, OfferedTool, ProgressCallback, fingerprint

Handler = Callable[[dict[str, JsonValue], ProgressCallback], Awaitable[str | mcp_types.CallToolResult]]
"""The body of a tool: a text is the result."""

READS = mcp_types.ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = mcp_types.ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

_NOTHING: Mapping[str, JsonValue] = {"type": "object"}


class ScriptedHuman:
    """Gives the answers it was made with, in order, then denies; `asked` and `forms` remember the questions."""

    def __init__(self, decisions: Iterable[Decision] = (), answers: Iterable[FormAnswer] = ()) -> None:
        self._decisions = deque(decisions)
        self._answers = deque(answers)
        self.asked: list[Sequence[ApprovalRequest]] = []
        self.forms: list[FormRequest] = []

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """The next decision for each request."""
        self.asked.append(requests)
        denied = Decision(allow=False, reason="The script has no more decisions.")
        return [self._decisions.popleft() if self._decisions else denied for _ in requests]

    async def fill(self, form: FormRequest) -> FormAnswer:
        """The next answer."""
        self.forms.append(form)
        return self._answers.popleft() if self._answers else FormAnswer("cancel")


class ScriptedServers:
    """Connections made of functions. `calls` remembers what was called, in order."""

    def __init__(self) -> None:
        self._tools: dict[str, tuple[OfferedTool, Handler]] = {}
        self.resources: dict[str, str | bytes] = {}
        """Texts, or base64 pictures, by URI; every server has them."""
        self.prompts: dict[str, str] = {}
        """Texts by name, with `{argument}` where an argument goes."""
        self.notes: dict[str, str] = {}
        """What servers say of themselves, by their names."""
        self.calls: list[tuple[str, dict[str, JsonValue]]] = []
        self.reads: list[str] = []
        """The addresses that were read, in order."""
        self.watchable = True
        """Whether the servers tell of changes."""
        self.answering: anyio.Event | None = None
        """Resources are read only from when this is set."""

    def add(
        self,
        name: str,
        handler: Handler,
        *,
        schema: Mapping[str, JsonValue] = _NOTHING,
        hints: mcp_types.ToolAnnotations | None = READS,
        description: str = "",
    ) -> None:
        """Offer a tool, as `server/name` or by its name alone; it replaces one of the same name."""
        server, _, own = name.rpartition("/")
        server = server or "local"
        tool = mcp_types.Tool(name=own, description=description, input_schema=dict(schema), annotations=hints)
        endpoint = f"https://{server}.example/mcp"
        self._tools[own] = (OfferedTool(own, server, endpoint, True, tool, fingerprint(tool)), handler)

    def distrust(self, name: str) -> None:
        """From now on its server is not trusted."""
        tool, handler = self._tools[name]
        self._tools[name] = (replace(tool, trusted=False), handler)

    def remove(self, name: str) -> None:
        """Stop offering a tool, as when its server goes away."""
        del self._tools[name]

    def tools(self) -> Sequence[OfferedTool]:
        """The tools, in the order they were added."""
        return [tool for tool, _ in self._tools.values()]

    async def call(
        self, tool: OfferedTool, arguments: dict[str, JsonValue], *, on_progress: ProgressCallback
    ) -> CallOutcome:
        """Call the function."""
        self.calls.append((tool.name, arguments))
        found = self._tools.get(tool.name)
        if found is None:
            raise Unavailable(f"{tool.server} is not connected.")
        result = await found[1](arguments, on_progress)
        if isinstance(result, str):
            content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(text=result)]
            result = mcp_types.CallToolResult(content=content)
        return CallOutcome(result)

    def instructions(self) -> Mapping[str, str]:
        """`notes`."""
        return self.notes

    async def read_resource(self, server: str, uri: str) -> mcp_types.ReadResourceResult:
        """One of `resources`."""
        self.reads.append(uri)
        if self.answering is not None:
            await self.answering.wait()
        data = self.resources.get(uri)
        if data is None:
            raise NotFound(f"{server} has no resource {uri}.")
        if isinstance(data, bytes):
            picture = mcp_types.BlobResourceContents(uri=uri, blob=data.decode(), mime_type="image/png")
            return mcp_types.ReadResourceResult(contents=[picture])
        return mcp_types.ReadResourceResult(contents=[mcp_types.TextResourceContents(uri=uri, text=data)])

    async def watch(self, server: str, uri: str) -> None:
        """Agree, if `watchable`. Whoever changes a resource emits the event."""
        if not self.watchable:
            raise InvalidInput(f"{server} does not tell of changes to {uri}.")

    async def get_prompt(self, server: str, name: str, arguments: dict[str, str]) -> mcp_types.GetPromptResult:
        """One of `prompts`."""
        if name not in self.prompts:
            raise NotFound(f"{server} has no prompt {name}.")
        text = mcp_types.TextContent(text=self.prompts[name].format(**arguments))
        return mcp_types.GetPromptResult(messages=[mcp_types.PromptMessage(role="user", content=text)])
