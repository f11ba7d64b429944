"""Two thousand turns with a window of 16,000 tokens: it never overflows, and what was said in turn 3 is still known."""

import json
import math
import shutil
from collections.abc import Generator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.e2e import long_talk
from tests.e2e.chat_place import Place, place
from tests.e2e.long_talk import ACHE, BY_MEANING, BY_WORDS, FACT, PINNED, RULE, WINDOW, Witness, seen

from deskhand.context.log import Log
from deskhand.context.message import Message
from deskhand.context.receipt import Receipt, moved_out
from deskhand.host.chat import Chat, ChatOptions
from deskhand.host.events import ContextCompacted, TurnFinished
from deskhand.models.scripted import ScriptedModel
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.index import Index
from deskhand.retrieval.minilm import MiniLM
from deskhand.retrieval.weights import beside_python
from deskhand.store.database import Database
from deskhand.store.personal import People

pytestmark = pytest.mark.long

TURNS = 2_000


@dataclass
class Talk:
    """A conversation over a database in a folder, and what came of it."""

    folder: Path
    witness: Witness = field(default_factory=Witness)
    outcomes: list[str] = field(default_factory=list[str])
    compactions: list[ContextCompacted] = field(default_factory=list[ContextCompacted])
    answer: str = ""
    conversation: str | None = None
    before: list[str] = field(default_factory=list[str])
    """What the model saw before the turn of the last compaction."""

    @contextmanager
    def database(self) -> Generator[Database]:
        with Database.in_folder(self.folder) as database:
            yield database

    @contextmanager
    def chat(self, embedder: Embedder | None = None) -> Generator[Chat]:
        """The conversation from where it stands, to be entered."""
        with self.database() as database:
            options = ChatOptions(database=database, conversation=self.conversation, embedder=embedder)
            model = ScriptedModel([self.witness.answer] * 2 * TURNS, context_window=WINDOW)
            yield Chat(model, connections=long_talk.servers(), options=options)

    async def hold(self, turns: int) -> None:
        """So many turns. Nothing of what came of them is looked at in between."""
        with self.chat() as made:
            async with made as chat:
                for turn in range(1, turns + 1):
                    await self.say(chat, long_talk.said(turn))
                    if turn == 7:
                        await chat.memory.pin("lock gate key")
                self.conversation = chat.conversation.id

    async def ask(self, question: str, embedder: Embedder | None = None) -> str:
        """One turn in a chat of its own; the answer."""
        with self.chat(embedder) as made:
            async with made as chat:
                await self.say(chat, question)
        return self.answer

    async def say(self, chat: Chat, text: str) -> None:
        """One turn."""
        before = chat.conversation.view
        async with aclosing(chat.send(text)) as events:
            async for event in events:
                if isinstance(event, ContextCompacted):
                    self.compactions.append(event)
                    self.before = texts(before)
                if isinstance(event, TurnFinished):
                    self.outcomes.append(event.outcome)
                    self.answer = event.text


def texts(messages: Sequence[Message]) -> list[str]:
    """What the model sees of each message."""
    return [f"{message.role}: {seen([message])}" for message in messages]


@pytest.fixture(scope="module")
def two_thousand(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    """The whole talk; its last turn asks about the third."""
    talk = Talk(tmp_path_factory.mktemp("talk"))
    anyio.run(talk.hold, TURNS - 1)
    anyio.run(talk.ask, BY_WORDS)
    return talk


@pytest.fixture
def talk(two_thousand: Talk, tmp_path: Path) -> Talk:
    """The same over a copy of its database, to go on with."""
    folder = tmp_path / "data"
    shutil.copytree(two_thousand.folder, folder)
    return Talk(folder, conversation=two_thousand.conversation, before=two_thousand.before)


def test_every_turn_is_done_and_no_request_overflows(two_thousand: Talk) -> None:
    witness = two_thousand.witness
    assert two_thousand.outcomes == ["done"] * TURNS
    assert (witness.overflows, witness.orphans) == (0, set())
    assert WINDOW / 2 < witness.fullest <= WINDOW
    assert witness.requests == TURNS + (TURNS - 1) // 10
    assert {one.trigger for one in two_thousand.compactions} == {"budget"}
    assert all(one.tokens_after <= 0.8 * one.budget for one in two_thousand.compactions)


def test_what_was_said_in_turn_3_is_answered_in_turn_2000_and_rule_and_pin_still_stand(two_thousand: Talk) -> None:
    last = seen(two_thousand.witness.last.messages)
    assert two_thousand.answer == "The Copper Heron."
    assert FACT in last
    assert last.count(RULE) == last.count(PINNED) == 1


def test_the_log_has_every_message_and_the_receipts_say_which_are_not_in_view(two_thousand: Talk) -> None:
    async def look() -> tuple[list[Message], list[Message], Sequence[Receipt]]:
        with two_thousand.chat() as made:
            async with made as chat:
                return await chat.conversation.messages(), chat.conversation.window.messages, chat.memory.receipts

    log, view, receipts = anyio.run(look)
    said = [message.text for message in log if message.role == "user"]
    assert said == [*map(long_talk.said, range(1, TURNS)), BY_WORDS]
    assert [one.number for one in receipts] == list(range(1, len(two_thousand.compactions) + 1))
    gone = moved_out(receipts)
    assert [message.id for message in view] == [message.id for message in log if message.id not in gone]
    assert len(gone) + len(view) == len(log) > 2 * TURNS


async def undone(talk: Talk) -> list[str]:
    """The view once the last compaction is taken back."""
    with talk.chat() as made:
        async with made as chat:
            await chat.memory.undo()
            return texts(chat.conversation.view)


def test_taking_the_last_compaction_back_restores_the_view_before_it(talk: Talk) -> None:
    assert len(talk.before) > 10
    assert anyio.run(undone, talk)[: len(talk.before)] == talk.before


@contextmanager
def another_process(talk: Talk) -> Generator[Place]:
    """Where commands find the data of the talk, and a model that only nods."""
    with place(talk.folder.parent, [{"text": "Noted.", "times": None}]) as here:
        settings = f'[model]\ncontext_window = {WINDOW}\n[retrieval]\nembeddings = "none"\n'
        (here.folder / "deskhand.toml").write_text(settings)
        yield here


def test_another_process_goes_on_with_the_conversation_and_shows_its_receipts(talk: Talk, two_thousand: Talk) -> None:
    assert talk.conversation is not None
    with another_process(talk) as here:
        asked = here.run("ask", "--no-servers", "--conversation", talk.conversation, BY_WORDS)
        assert (asked.returncode, asked.stdout) == (0, "Noted.\n"), asked.stderr
        url = here.environment["DESKHAND_MODEL__BASE_URL"].removesuffix("/v1")
        told = json.dumps(httpx2.get(f"{url}/requests").json()[-1]["body"]["messages"])
        assert FACT in told
        assert told.count(RULE) == told.count(PINNED) == 1
        shown = here.run("conversations", "receipts", talk.conversation, "--json")
    numbers = [json.loads(line)["number"] for line in shown.stdout.splitlines()]
    assert numbers == list(range(1, len(two_thousand.compactions) + 1))


@pytest.mark.anyio
async def test_asked_in_words_that_share_nothing_with_it_what_was_said_is_found_by_its_meaning(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    await talk.hold(60)
    model = MiniLM(beside_python())
    assert talk.conversation is not None
    with talk.database() as database:
        log = Log(People(database), Index(model))
        assert await log.ready("local", talk.conversation, seconds=math.inf) == 0
    assert "I do not know" in await talk.ask(BY_MEANING)
    assert await talk.ask(BY_MEANING, model) == "The knees."
    assert ACHE in seen(talk.witness.last.messages)
