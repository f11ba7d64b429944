"""What a person has on the desk: a model, connections to servers, and one conversation after the other."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from deskhand.errors import InvalidInput
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.connections import Connections, SignInFor
from deskhand.host.consent import Consent
from deskhand.host.events import Event
from deskhand.host.human import Human
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Wiretap
from deskhand.models.model import KnowsOthers, Model
from deskhand.retrieval.embedder import Embedder
from deskhand.settings import Settings
from deskhand.store.conversations import Conversations
from deskhand.store.database import Database


@dataclass(frozen=True)
class Furniture:
    """What a desk is made of."""

    settings: Settings
    model: Model
    servers: Sequence[ServerSpec]
    database: Database
    owner: str = "local"
    tap: Wiretap | None = None
    sign_in: SignInFor | None = None
    embedder: Embedder | None = None
    """Finds what moved out of a conversation by meaning, too. Whoever made it closes it."""
    another: Callable[[str], Awaitable[Model]] | None = None
    """Makes the model of this name, of the same provider; the desk asks once for each, and closes them."""


class Desk:
    """Keeps the connections open while conversations come and go; closes the models at the end.

    `listener` hears what happens outside of turns.
    """

    def __init__(self, furniture: Furniture, human: Human, listener: Callable[[Event], None]) -> None:
        self.settings = furniture.settings
        self.model = furniture.model
        self.tap = furniture.tap
        self.owner = furniture.owner
        self.conversations = Conversations(furniture.database)
        self.connections = Connections(
            furniture.servers, human=human, emit=self.emit, tap=furniture.tap, sign_in=furniture.sign_in
        )
        self._database = furniture.database
        self._embedder = furniture.embedder
        self._another = furniture.another
        self._models = {furniture.model.name.partition("/")[2]: furniture.model}
        self._consent: Consent | None = None
        self._human = human
        self._listener = listener
        self._chat: Chat | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.model.aclose)
            await stack.enter_async_context(self.connections)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, trace)

    def model_names(self) -> list[str]:
        """What `change_model` can take, as far as that is known: models of this run, then those the provider listed."""
        listed = self.model.others if isinstance(self.model, KnowsOthers) else ()
        return list(dict.fromkeys([*self._models, *listed]))

    async def change_model(self, name: str) -> None:
        """Let the model of this name answer in chats that are begun from now on.

        Raises:
            InvalidInput: there is only one.
            DeskhandError: it cannot be made; the one there is stays.
        """
        if self._another is None:
            raise InvalidInput("There is no other model here.")
        if name not in self._models:
            self._models[name] = await self._another(name)
            self._stack.push_async_callback(self._models[name].aclose)
        self.model = self._models[name]

    def chat(self, reference: str | None = None, *, goes_on: bool = False) -> Chat:
        """A new conversation, or the one that is called so; enter it. One at a time.

        When it `goes_on` it is the one before, and what was agreed to in it still holds.
        """
        if self._consent is None or not goes_on:
            self._consent = Consent(self._database, self.owner)
        self._chat = Chat(
            self.model,
            connections=self.connections,
            human=self._human,
            settings=self.settings,
            options=ChatOptions(
                database=self._database,
                conversation=reference,
                embedder=self._embedder,
                consent=self._consent,
                owner=self.owner,
                listener=self._listener,
            ),
        )
        return self._chat

    @property
    def current(self) -> Chat:
        """The conversation that goes on."""
        assert self._chat is not None, "begin a chat first"
        return self._chat

    def emit(self, event: Event) -> None:
        """Report an event: to the conversation, which passes it on, else to the listener."""
        (self._chat.emit if self._chat is not None else self._listener)(event)
