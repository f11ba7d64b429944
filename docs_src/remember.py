"""Tell one conversation, ask another: `python remember.py`."""

import anyio

from deskhand.cli.assembly import assembled
from deskhand.host.chat import Chat
from deskhand.host.events import MemoryChanged
from deskhand.host.servers import ServerSpec
from deskhand.models.discover import find_model
from deskhand.principal import LOCAL
from deskhand.settings import environment, load


async def main() -> None:
    """Use the model, the settings and the memory that `deskhand chat` would use."""
    settings = load().settings
    model = await find_model(settings.model, environment())
    with assembled(settings, anonymous=LOCAL) as (server, _):
        ours = ServerSpec("deskhand", in_process=server.sdk, trusted=True)
        async with Chat(model, servers=[ours], settings=settings) as chat:
            async for event in chat.send("I am allergic to peanuts. Remember that."):
                if isinstance(event, MemoryChanged):
                    print(event.change, [memory.text for memory in event.memories])
        async with Chat(model, servers=[ours], settings=settings) as chat:  # a new conversation
            print(await chat.answer("What must I not eat?"))
    await model.aclose()


if __name__ == "__main__":
    anyio.run(main)
