"""The person's long-term memory as the host sees it: which server keeps it, and what became of it.

It is reached like everything else, by MCP, so that it may as well be that of a Deskhand elsewhere. Only a trusted
server's counts: what is remembered goes into each conversation, and a server nobody vouched for could put there what it
likes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import mcp_types
from pydantic import BaseModel, ValidationError

from deskhand.errors import DeskhandError
from deskhand.host.events import MemoryChanged, RememberedText
from deskhand.host.tools import OfferedTool
from deskhand.toolsets.memory.results import Forgotten, Other, Saved, Updated

R = TypeVar("R", bound=BaseModel)

PROFILE, RECENT, ITEM = "memory://profile", "memory://recent", "memory://item/{id}"
"""The resources of a memory."""
SAVE, SEARCH, UPDATE, FORGET = "save_memory", "search_memory", "update_memory", "forget_memory"


@dataclass(frozen=True, slots=True)
class MemoryServer:
    """The server that keeps the person's memory, with its tools by their own names."""

    name: str
    tools: Mapping[str, OfferedTool]


def memory_server(tools: Iterable[OfferedTool]) -> MemoryServer | None:
    """The first trusted server that saves and searches memories, if there is one."""
    offered: dict[str, dict[str, OfferedTool]] = {}
    for tool in tools:
        if tool.trusted:
            offered.setdefault(tool.server, {})[tool.tool.name] = tool
    for server, by_name in offered.items():
        if SAVE in by_name and SEARCH in by_name:
            return MemoryServer(server, by_name)
    return None


def answer_as(kind: type[R], server: str, result: mcp_types.CallToolResult) -> R:
    """What a memory tool answered.

    Raises:
        DeskhandError: the tool reports an error, or answers something else.
    """
    if result.is_error:
        texts = [part.text for part in result.content if isinstance(part, mcp_types.TextContent)]
        raise DeskhandError("\n".join(texts) or f"{server} reports an error without words.")
    return parsed(kind, server, result.structured_content)


def parsed(kind: type[R], server: str, value: object) -> R:
    """What a memory server gave, as the kind of thing it should be; a string is JSON.

    Raises:
        DeskhandError: it is something else.
    """
    try:
        return kind.model_validate_json(value) if isinstance(value, str) else kind.model_validate(value)
    except ValidationError as error:
        raise DeskhandError(f"{server} answers in a form that this version of Deskhand does not know.") from error


def change_of(call_id: str, tool: OfferedTool, result: mcp_types.CallToolResult) -> MemoryChanged | None:
    """What a call did to the person's memory; None where it did nothing, or the tool is not one of a trusted memory."""
    kinds: dict[str, type[Saved | Updated | Forgotten]] = {SAVE: Saved, UPDATE: Updated, FORGET: Forgotten}
    kind = kinds.get(tool.tool.name)
    if kind is None or not tool.trusted:
        return None
    try:
        answer = answer_as(kind, tool.server, result)
    except DeskhandError:
        return None  # the call's own card shows what it says
    return _change(call_id, tool.server, answer)


def _change(call_id: str, server: str, answer: Saved | Updated | Forgotten) -> MemoryChanged | None:
    match answer:
        case Saved():
            memories = _texts([Other(id=answer.id, text=answer.kept)])
            return MemoryChanged(
                call_id=call_id, server=server, change=answer.status, memories=memories, others=_texts(answer.others)
            )
        case Updated():
            return MemoryChanged(
                call_id=call_id,
                server=server,
                change="updated",
                memories=_texts([Other(id=answer.id, text=answer.now)]),
                before=answer.before if answer.before != answer.now else "",
                pinned=answer.pinned,
                until=answer.until,
            )
        case Forgotten():
            gone = _texts(Other(id=one, text="") for one in answer.ids)
            return MemoryChanged(call_id=call_id, server=server, change="forgotten", memories=gone) if gone else None


def _texts(others: Iterable[Other]) -> tuple[RememberedText, ...]:
    return tuple(RememberedText(id=one.id, text=one.text) for one in others)
