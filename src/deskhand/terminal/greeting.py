"""The first lines of a chat: who answers, with which servers, and what is wrong with those that are not there."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from deskhand.host.connection_owner import ServerState
from deskhand.terminal.printable import one_line


def greeting(version: str, model: str, states: Sequence[ServerState]) -> RenderableType:
    """One line for what works, one for each server that does not."""
    ready = [state for state in states if state.state == "ready"]
    tools = sum(state.tool_count for state in ready)
    count = f"{tools} {'tool' if tools == 1 else 'tools'} of {', '.join(state.name for state in ready)}"
    head = Text.assemble(
        ("Deskhand ", "bold"),
        f"{version} · {one_line(model, 60)} · ",
        count if ready else "no tools",
        (" · /help", "dim"),
    )
    missing = [
        Text(f"✗ {state.name}: {one_line(state.detail) or state.state.replace('_', ' ')}", style="yellow")
        for state in states
        if state.state != "ready"
    ]
    return Group(head, *missing, Text(""))
