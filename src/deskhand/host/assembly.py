"""What one conversation is put together from: the only place of the host where its parts are made."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from deskhand.context.log import Log
from deskhand.host.attachments import ResourceSource
from deskhand.host.calls import ToolCalls
from deskhand.host.consent import Consent
from deskhand.host.conversation import Conversation
from deskhand.host.events import Event
from deskhand.host.generation import Asking, Generation
from deskhand.host.host_tools import HostTools
from deskhand.host.human import Human
from deskhand.host.instructions import memory_prompt, system_prompt, with_server_instructions
from deskhand.host.measuring import Prompt
from deskhand.host.policy import Policy
from deskhand.host.profile import Profile, ProfileSource
from deskhand.host.shelf import Shelf
from deskhand.host.short_term import Searching, ShortTermMemory
from deskhand.host.summarizer import ModelSummarizer
from deskhand.host.toolbox import Toolbox
from deskhand.host.turn import TurnParts
from deskhand.models.model import Model
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.index import Index
from deskhand.settings import Settings
from deskhand.store.database import Database
from deskhand.store.personal import People


class Servers(ProfileSource, ResourceSource, Protocol):
    """What a chat needs of its connections."""

    def instructions(self) -> Mapping[str, str]:
        """What servers say of themselves for the model, by their names."""
        ...


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a conversation is made of; see `Chat` and `ChatOptions`."""

    model: Model
    servers: Servers
    human: Human
    settings: Settings
    database: Database
    embedder: Embedder | None
    consent: Consent | None
    owner: str
    conversation: str | None
    waiting: Collection[str]
    sleep: Callable[[float], Awaitable[None]]
    emit: Callable[[Event], None]

    def at_most(self, tokens: int) -> int:
        """A part of the context window that leaves room for the rest, in models with a small one."""
        return min(tokens, self.model.context_window // 4)


async def assembled(made_of: Ingredients) -> TurnParts:
    """The parts of a conversation.

    Raises:
        NotFound, InvalidInput: the conversation to continue does not exist or is ambiguous.
    """
    host, owner, database, emit = made_of.settings.host, made_of.owner, made_of.database, made_of.emit
    reference = made_of.conversation
    resumed = await Conversation.resume(database, owner, reference, made_of.waiting) if reference else None
    conversation = resumed or Conversation(database, owner)
    memory = ShortTermMemory(conversation, _searching(made_of), emit)
    consent = made_of.consent or Consent(database, owner)
    shelf = Shelf(made_of.model.context_window // 4)
    source = HostTools(made_of.servers, conversation, memory, shelf)
    toolbox = Toolbox(source, consent, made_of.human, emit, shelf)
    profile = Profile(made_of.servers, wanted=host.memory)
    policy = Policy(host.approve, consent, made_of.human, emit)
    asking = Asking(
        made_of.model,
        _prompt(made_of, profile),
        made_of.at_most(made_of.settings.model.max_output_tokens),
        toolbox.server_of,
        made_of.sleep,
    )
    return TurnParts(
        conversation=conversation,
        memory=memory,
        profile=profile,
        generation=Generation(asking, memory, emit),
        toolbox=toolbox,
        calls=ToolCalls(source, toolbox, policy, conversation, emit, made_of.at_most(host.output_tokens)),
        emit=emit,
        max_steps=host.max_steps,
    )


def _prompt(made_of: Ingredients, profile: Profile) -> Callable[[], Prompt]:
    first = made_of.settings.host.system_prompt or system_prompt(datetime.now().astimezone())

    def prompt() -> Prompt:
        fixed = with_server_instructions(first, made_of.servers.instructions())
        return Prompt(fixed, memory_prompt(profile.server, profile.text))

    return prompt


def _searching(made_of: Ingredients) -> Searching:
    log = Log(People(made_of.database), Index(made_of.embedder))
    summarizer = ModelSummarizer(made_of.model) if made_of.settings.host.summarize else None
    return Searching(log, made_of.owner, summarizer)
