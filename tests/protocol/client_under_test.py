"""What the conformance suite drives as a client: our connections, used as the host uses them.

The suite gives the server's URL and a context: what the scenario needs besides, such as calls to make, or the
credentials of a client that is registered already.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import httpx2
from pydantic import JsonValue

from deskhand.context.message import ToolCall
from deskhand.errors import DeskhandError
from deskhand.host.arguments import ArgumentCheck
from deskhand.host.connection_oauth import sign_in_with
from deskhand.host.connections import Connections
from deskhand.host.events import Event
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.host.servers import ServerSpec
from deskhand.host.sign_in import CALLBACK_PATH, SignIn, free_port
from deskhand.host.token_file import Credentials, TokenFile
from deskhand.host.tools import OfferedTool

READY_SECONDS = 120
ARGUMENTS: dict[str, dict[str, JsonValue]] = {
    "add_numbers": {"a": 5, "b": 3},
    "lookup_user": {"id": "ada", "profile": {"displayName": "Ada"}},
}
"""What tools of the suite need; all others take nothing."""
METADATA_DOCUMENT = "https://conformance-test.local/client-metadata.json"
"""The client id the suite expects of a client that has a metadata document; it is not fetched."""


class Agreeable:
    """Accepts every form as it stands; the connection fills in the defaults of its schema."""

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        return [Decision(allow=True) for _ in requests]

    async def fill(self, form: FormRequest) -> FormAnswer:
        return FormAnswer("accept")


def browse(url: str) -> None:
    """The person's browser: goes to the page, agrees, and is sent back to us."""
    httpx2.get(url, follow_redirects=True)


def show(event: Event) -> None:
    print(event.model_dump_json(exclude={"at"}), flush=True)


def unseen(done: float, total: float | None, message: str | None) -> None:
    """Nobody looks at the progress."""


async def registered(tokens: TokenFile, url: str, context: dict[str, Any]) -> None:
    """Keep the registration a scenario hands out, as if it had been made by hand."""
    client: dict[str, JsonValue] = {
        "client_id": context["client_id"],
        "client_secret": context["client_secret"],
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": [f"http://127.0.0.1:{free_port()}{CALLBACK_PATH}"],
    }
    await tokens.write(Credentials(server=url, client=client))


async def settled(connections: Connections) -> bool:
    """Wait until the server is connected, which may take a visit to the sign-in page; False when it cannot be."""
    with anyio.fail_after(READY_SECONDS):
        while True:
            await connections.ready(READY_SECONDS)
            (state,) = connections.states()
            if not (state.state == "needs_sign_in" and state.detail.startswith("Sign in at")):
                return state.state == "ready"
            await anyio.sleep(0.05)


def arguments_of(name: str, offered: Mapping[str, OfferedTool]) -> dict[str, JsonValue]:
    """What a tool of the suite takes; one wants another's schema back, to see what became of it on the way."""
    if name == "json_schema_echo":
        return {"schema": offered["json_schema_2020_12_tool"].tool.input_schema}
    return ARGUMENTS.get(name, {})


async def use(connections: Connections, calls: Sequence[tuple[str, dict[str, JsonValue]]]) -> None:
    """Call tools (each that is offered, unless told which), read every resource and fill in every prompt."""
    offered = {tool.name: tool for tool in connections.tools()}
    for name, arguments in calls or [(name, arguments_of(name, offered)) for name in offered]:
        problem = ArgumentCheck().problem(ToolCall(id="1", name=name, arguments=arguments), offered[name])
        print(f"{name}: {problem or 'the arguments fit'}")
        try:
            outcome = await connections.call(offered[name], arguments, on_progress=unseen)
        except DeskhandError as error:  # what the model would be told; the host goes on
            print(error.message)
        else:
            print(outcome.result.model_dump_json(exclude_none=True))
    for server, resource in await connections.resources():
        await connections.read_resource(server, str(resource.uri))
    for server, prompt in await connections.prompts():
        await connections.get_prompt(server, prompt.name, {})


async def run(url: str, context: dict[str, Any], folder: Path) -> int:
    """One scenario; the exit code is 1 when the server could not be used."""
    tokens = TokenFile(folder / "tokens.json")
    if "client_secret" in context:
        await registered(tokens, url, context)
    sign_in = sign_in_with(SignIn(tokens, browse, client_metadata_url=METADATA_DOCUMENT))
    spec = ServerSpec("suite", url=url, timeout_seconds=15)
    async with Connections([spec], human=Agreeable(), emit=show, sign_in=sign_in) as connections:
        if not await settled(connections):
            return 1
        await use(connections, [(call["name"], call["arguments"]) for call in context.get("toolCalls", [])])
    return 0
