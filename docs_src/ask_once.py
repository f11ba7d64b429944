"""Ask a question, print the answer: `python ask_once.py "What is 0.1 × 0.2, exactly?"`."""

import sys

import anyio

from deskhand.host.chat import Chat
from deskhand.host.servers import ServerSpec
from deskhand.models.discover import find_model
from deskhand.settings import environment, load


async def main(question: str) -> None:
    """Use the model and the settings that `deskhand ask` would use, and a Deskhand server of our own."""
    settings = load().settings
    model = await find_model(settings.model, environment())
    ours = ServerSpec("deskhand", command=sys.executable, args=("-m", "deskhand", "serve", "--stdio"), trusted=True)
    try:
        async with Chat(model, servers=[ours], settings=settings) as chat:
            print(await chat.answer(question))
    finally:
        await model.aclose()


if __name__ == "__main__":
    anyio.run(main, " ".join(sys.argv[1:]))
