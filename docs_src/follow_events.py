"""Follow a turn as it happens, and decide about calls in code: `python follow_events.py "Write hello to a.txt"`."""

import sys
from collections.abc import Sequence

import anyio

from deskhand.cli.assembly import assembled
from deskhand.host.chat import Chat
from deskhand.host.events import TextDelta, ToolFinished, ToolStarted, TurnFinished
from deskhand.host.human import ApprovalRequest, Decision, FormAnswer, FormRequest
from deskhand.host.servers import ServerSpec
from deskhand.models.discover import find_model
from deskhand.principal import LOCAL
from deskhand.settings import environment, load


class OnlyNotes:
    """The person in the loop, as code: agrees to writing .txt files, and to nothing else."""

    async def approve(self, requests: Sequence[ApprovalRequest]) -> Sequence[Decision]:
        """One decision per request, in order."""
        return [self._decide(request) for request in requests]

    async def fill(self, form: FormRequest) -> FormAnswer:
        """Nobody is here to fill in a form."""
        return FormAnswer("cancel")

    def _decide(self, request: ApprovalRequest) -> Decision:
        arguments = request.call.arguments or {}
        if request.call.name == "file_write" and str(arguments.get("uri", "")).endswith(".txt"):
            return Decision(allow=True)
        return Decision(allow=False, reason="only .txt files may be written.")


async def main(question: str) -> None:
    """Print text as it streams, and a line for each call."""
    settings = load().settings
    model = await find_model(settings.model, environment())
    try:
        with assembled(settings, anonymous=LOCAL) as (server, _):
            ours = ServerSpec("deskhand", in_process=server.sdk, trusted=True)
            async with Chat(model, servers=[ours], human=OnlyNotes(), settings=settings) as chat:
                async for event in chat.send(question):
                    match event:
                        case TextDelta(text=text):
                            print(text, end="", flush=True)
                        case ToolStarted(arguments=arguments):
                            print(f"\n→ {arguments}")
                        case ToolFinished(outcome=outcome, milliseconds=milliseconds):
                            print(f"← {outcome} in {milliseconds:.0f} ms")
                        case TurnFinished(outcome=outcome, steps=steps):
                            print(f"\n{outcome} after {steps} steps")
                        case _:
                            pass
    finally:
        await model.aclose()


if __name__ == "__main__":
    anyio.run(main, " ".join(sys.argv[1:]))
