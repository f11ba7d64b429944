"""A talk of thousands of turns: what the person says, what the tools give, and a model that answers from what it sees.

The model is strict: it counts each request in two ways of its own, refuses what does not fit its window, as a provider
would, and notes what a provider would refuse besides.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

import mcp_types
from pydantic import JsonValue

from deskhand.context.message import Image, Message, Text, ToolCall, ToolResult, Usage
from deskhand.host.scripted import ScriptedServers
from deskhand.host.tools import ProgressCallback
from deskhand.models.model import Request
from deskhand.models.script import ScriptedCall, ScriptedError, Step

WINDOW = 16_000
FACT = "Our narrowboat is called the Copper Heron; she is moored at berth 17 in Braunston."
"""Said in turn 3."""
RULE = "From now on, always give me lengths in metres, never in feet."
"""Said in turn 5."""
PINNED = "The lock gate key hangs behind the blue door, second hook from the left."
"""Said in turn 7, and pinned."""
BY_WORDS = "What was the name of our narrowboat again?"
ACHE = "Climbing stairs makes both of my knees hurt."
"""Said in turn 4: of the kind that no digest finds worth telling."""
BY_MEANING = "Which joints give pain?"
"""Shares no word with that."""
_LOOKED_UP = {BY_WORDS: r"narrowboat is called the ([A-Z]\w+ [A-Z]\w+)", BY_MEANING: r"of my (\w+) hurt"}
"""Where an answer stands, in what the model sees."""
SAID: dict[int, str] = {3: FACT, 4: ACHE, 5: RULE, 7: PINNED}
"""What matters later, by turn."""

_PIECES = re.compile(r"[A-Za-z]{1,7}|\d{1,3}|[^\sA-Za-z\d]{1,2}")
"""About what the tokenizers of current models cut text into; for a count that owes nothing to the house's own."""


def _listed(choices: str) -> list[str]:
    return choices.split("; ")


_WHO = _listed(
    "the plumber; my neighbour; the librarian; our accountant; the choir; a colleague; the landlord; the dentist; "
    "your cousin; the electrician; a student; the caretaker; the bookshop; our tenant; the vet; a gardener"
)
_DID = _listed(
    "postponed; ordered; measured; painted; returned; compared; rewrote; found; sold; repaired; lent; cleaned; "
    "borrowed; counted; moved; photographed; translated; delivered; sketched; weighed"
)
_WHAT = _listed(
    "the shelves; two quotes; a spreadsheet; the minutes; the heating bill; seed potatoes; a bicycle; some curtains; "
    "the kettle; a violin; three ladders; the parcel; an old map; the fence; a recipe; the guest list; six chairs; "
    "a printer; the boiler; the lease; a tent; the aquarium; a passport; some honey; the mirror; a lecture; wallpaper"
)
_WHERE = _listed(
    "in Leeds; near the station; at the allotment; upstairs; in the annexe; on the ground floor; by the river; "
    "in York; behind the chapel; at the market; in the cellar; on Elm Street; at school; in the van; abroad"
)
_WHY = _listed(
    "because the invoice was late; as the weather turned; although nobody had asked; before the meeting began; "
    "after lunch; for the jubilee; to save time; while the lift was broken; despite the noise; on a whim; "
    "since Tuesday was free; until help came"
)
_OTHER = (
    "Our canoe is called the {}; she lies in shed {}.",
    "The dog next door is called {}, and house number {} has no bell.",
    "The name of the new nursery on Mill Lane is {}, with {} places.",
    "We moored at {} for a night; it cost {} pounds.",
)
"""Facts like those that matter, said in passing: what is asked about must be told from them."""
_NAMES = ("Silver Pike", "Old Kestrel", "Amber Finch", "Quiet Otter", "Little Grebe", "Dusky Moth", "Tall Poppy")
_ASK = ("How would you go on?", "Is that sensible?", "What did I forget?", "Put that in one line.", "And what then?")


def said(turn: int) -> str:
    """What the person says in this turn, counted from 1."""
    chosen = Random(turn)
    passing = chosen.choice(_OTHER).format(chosen.choice(_NAMES), chosen.randrange(99)) if turn % 7 == 0 else ""
    return SAID.get(turn) or f"{_story(chosen, 3)} {passing} {chosen.choice(_ASK)} (note {turn})"


def wanted(turn: int) -> tuple[ScriptedCall, ...]:
    """The tools that the model calls in this turn: in every tenth, and several at once in every twentieth."""
    if turn % 10:
        return ()
    names = ("ledger", "archive", "ledger") if turn % 100 == 0 else ("ledger",) * (1 + (turn % 20 == 0))
    return tuple(
        ScriptedCall(name=name, arguments={"turn": turn, "part": part}, id=f"call_{turn}_{part}")
        for part, name in enumerate(names)
    )


def servers() -> ScriptedServers:
    """A tool with a short result, one with a result that is too long to be shown whole."""
    found = ScriptedServers()
    found.add("office/ledger", _ledger, description="Looks up the entries of a turn.")
    found.add("office/archive", _archive, description="Gives all there is, which is much.")
    return found


async def _ledger(arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str | mcp_types.CallToolResult:
    return _entries(arguments, 15)


async def _archive(arguments: dict[str, JsonValue], _progress: ProgressCallback) -> str | mcp_types.CallToolResult:
    return _entries(arguments, 200)


def _entries(arguments: dict[str, JsonValue], count: int) -> str:
    chosen = Random(json.dumps(arguments))
    rows = [{"entry": chosen.randrange(10**6), "what": _story(chosen, 1), "paid": False} for _ in range(count)]
    return "\n".join(map(json.dumps, rows))


def _story(chosen: Random, sentences: int) -> str:
    parts = (_WHO, _DID, _WHAT, _WHERE, _WHY)
    return " ".join(
        f"{' '.join(map(chosen.choice, parts))} for {chosen.randrange(900)} pounds." for _ in range(sentences)
    )


def seen(messages: Iterable[Message]) -> str:
    """All the text that the model sees."""
    return "\n".join(text for message in messages for block in message.content for text in _texts(block))


def _texts(block: Text | Image | ToolCall | ToolResult) -> list[str]:
    match block:
        case Text():
            return [block.text]
        case ToolCall():
            return [block.name, json.dumps(block.arguments)]
        case ToolResult():
            return [text for part in block.content for text in _texts(part)]
        case Image():
            return []


def counted(request: Request) -> int:
    """Input tokens, the higher of two counts: a quarter of the characters, and pieces like those of a tokenizer."""
    tools = "".join(json.dumps([tool.name, tool.description, tool.parameters]) for tool in request.tools)
    texts = [seen([message]) for message in request.messages] + [tools]
    return max(len("\n".join(texts)) // 4, sum(map(_pieces, texts))) + 4 * len(request.messages)


@lru_cache(4_096)
def _pieces(text: str) -> int:
    """How many pieces a text has; most of a request was in the one before it."""
    return len(_PIECES.findall(text))


def orphans(messages: Iterable[Message]) -> set[str]:
    """Ids of calls that are not answered right after their message, and of results without such a call."""
    found: set[str] = set()
    open_calls: set[str] = set()
    for message in messages:
        results = {block.call_id for block in message.content if isinstance(block, ToolResult)}
        found |= results - open_calls
        if not results:
            found |= open_calls
        open_calls = open_calls - results if results else {call.id for call in message.tool_calls}
    return found | open_calls


@dataclass
class Witness:
    """What the model saw over the whole talk."""

    requests: int = 0
    overflows: int = 0
    fullest: int = 0
    """Tokens of the largest request, with the room for its answer."""
    orphans: set[str] = field(default_factory=set[str])
    last: Request = field(default_factory=lambda: Request(()))

    def answer(self, request: Request) -> Step:
        """The model: it looks up what it is asked in what it sees, calls tools in some turns, else makes talk."""
        tokens = counted(request)
        whole = tokens + (request.max_output_tokens or 0)
        self.requests, self.last, self.fullest = self.requests + 1, request, max(self.fullest, whole)
        self.orphans |= orphans(request.messages)
        if whole > WINDOW:
            self.overflows += 1
            return Step(error=ScriptedError(kind="overflow"))
        return _reply(request).model_copy(update={"usage": Usage(input_tokens=tokens, output_tokens=120), "chunk": 400})


def _reply(request: Request) -> Step:
    question = request.messages[-1]
    looked_up = _LOOKED_UP.get(question.text)
    if looked_up is not None:
        found = re.search(looked_up, seen(request.messages))
        return Step(text=f"The {found[1]}." if found else "I do not know: nothing I see says so.")
    note = re.search(r"\(note (\d+)\)$", question.text)
    if note is None:
        return Step(text="I see. Go on.")
    turn = int(note[1])
    return Step(text=f"On note {turn}: {_story(Random(-turn), 4)}", calls=wanted(turn))
