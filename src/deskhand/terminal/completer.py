"""Completion at the prompt: `/` commands and prompts with their arguments, memories, models, `@` resources."""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from deskhand.host.mentions import Resources
from deskhand.host.offered_prompts import Prompts
from deskhand.terminal.context_command import NUMBERED, ContextCommand
from deskhand.terminal.memory_command import MemoryCommand, Proposed
from deskhand.terminal.model_command import ModelCommand
from deskhand.terminal.printable import one_line

_COMMAND = re.compile(r"/(\S*)")
_ARGUMENT = re.compile(r"/(\S+)\s.*?(?:(\w[\w-]*)=)?(\S*)", re.DOTALL)
_MEMORY = re.compile(r"/memory\s+(.*)", re.DOTALL)
_NUMBER = re.compile(rf"/(?:{'|'.join(NUMBERED)})\s+(\S*)")
_MODEL = re.compile(r"/model\s+(\S*)")
_PINNED = re.compile(r"/unpin\s+(.*)", re.DOTALL)
_RESOURCE = re.compile(r"(?:^|\s)@(\S*)$")
MOST = 50
"""Proposals shown at once."""


class ChatCompleter(Completer):
    """Asks the servers while the person types."""

    def __init__(
        self,
        commands: Mapping[str, str],
        prompts: Prompts,
        resources: Resources,
        memory: MemoryCommand,
        context: ContextCommand,
        models: ModelCommand,
    ) -> None:
        self._commands = commands
        self._prompts = prompts
        self._resources = resources
        self._memory = memory
        self._context = context
        self._models = models

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Nothing: everything here is asynchronous."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What could follow the text before the cursor."""
        text = document.text_before_cursor
        mention = _RESOURCE.search(text)
        if mention is not None:
            found = await self._addresses(mention[1])
        elif match := _COMMAND.fullmatch(text):
            found = await self._names(match[1])
        elif match := _MEMORY.fullmatch(text):
            found = _completed(match[1].rpartition(" ")[2], await self._memory.propose(match[1]))
        elif match := _NUMBER.fullmatch(text):
            found = _completed(match[1], self._context.propose(match[1]))
        elif match := _MODEL.fullmatch(text):
            found = _completed(match[1], self._models.propose(match[1]))
        elif match := _PINNED.fullmatch(text):
            found = _completed(match[1], self._context.propose_pinned(match[1]))
        elif match := _ARGUMENT.fullmatch(text):
            found = await self._arguments(match[1], match[2], match[3])
        else:
            found = []
        for completion in found[:MOST]:
            yield completion

    async def _addresses(self, typed: str) -> list[Completion]:
        proposals = await self._resources.propose(typed)
        return [Completion(p.uri, -len(typed), display_meta=one_line(p.title, 60)) for p in proposals]

    async def _names(self, typed: str) -> list[Completion]:
        await self._prompts.refresh()
        prompts = {name: each.prompt.description or "" for name, each in self._prompts.offered.items()}
        return [
            Completion(name, -len(typed), display=f"/{name}", display_meta=one_line(meta, 60))
            for name, meta in {**self._commands, **prompts}.items()
            if name.startswith(typed)
        ]

    async def _arguments(self, name: str, argument: str | None, typed: str) -> list[Completion]:
        await self._prompts.refresh()
        offered = self._prompts.offered.get(name)
        if offered is None:
            return []
        if argument is None:
            return [
                Completion(f"{each.name}=", -len(typed), display_meta=one_line(each.description or "", 60))
                for each in offered.arguments
                if each.name.startswith(typed)
            ]
        values = await self._prompts.propose(name, argument, typed)
        quoted = [f'"{value}"' if " " in value else value for value in values]
        return [Completion(value, -len(typed)) for value in quoted]


def _completed(word: str, proposals: Iterable[Proposed]) -> list[Completion]:
    return [Completion(each.word, -len(word), display_meta=one_line(each.meaning, 60)) for each in proposals]
