"""Ask a question, print the answer: `python ask_once.py "What is 0.1 × 0.2, exactly?"`."""

import sys

import anyio

from deskhand.cli.assembly import assembled
from deskhand.host.chat import Chat
from deskhand.host.servers import ServerSpec
from deskhand.models.discover import find_model
from deskhand.principal import LOCAL
from deskhand.settings import environment, load


async def main(question: str) -> None:
    """Use the model, the settings and the server that `deskhand ask` would use."""
    settings = load().settings
    model = await find_model(settings.model, environment())
    try:
        with assembled(settings, anonymous=LOCAL) as (server, _):
            ours = ServerSpec("deskhand", in_process=server.sdk, trusted=True)
            async with Chat(model, servers=[ours], settings=settings) as chat:
                print(await chat.answer(question))
    finally:
        await model.aclose()


if __name__ == "__main__":
    anyio.run(main, " ".join(sys.argv[1:]))
