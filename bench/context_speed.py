"""What short-term memory costs: compacting 100,000 tokens, recall in a long conversation, and a host over many turns.

    python -m bench.context_speed

Embedding is not counted: vectors made before stand for the model. The long conversation is made of the dialogues of
`bench/data/context` again and again, with other ids and every fourth word another: hardly a message repeats one.
"""

import random
import re
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from bench.context_baselines import first_that_fit, lexrank, text_of
from bench.context_data import Dialogue, dialogues
from bench.context_memory import TURNS, WINDOW, in_child
from bench.memory_speed import ReadyVectors
from bench.server import Row

from deskhand.context.compaction import compact
from deskhand.context.log import Log
from deskhand.context.message import Block, Message, Text, ToolCall, ToolResult
from deskhand.context.message_index import MessageHit, MessageIndex, texts_of
from deskhand.context.picking import Task
from deskhand.context.recall import recall, weighed
from deskhand.context.tokens import TokenMeter
from deskhand.retrieval.analysis import query_terms
from deskhand.retrieval.index import Index, packed
from deskhand.retrieval.search import Query
from deskhand.store.conversations import ConversationRow, Conversations, StoredMessage
from deskhand.store.database import Database
from deskhand.store.personal import People

TOKENS = 100_000
GOAL_COMPACT = 300
MESSAGES = 10_000
GOAL_RECALL = 10
HITS = 20
ROOM = 4_000
"""Tokens a recall may take."""
HUNDRED = 100
_TIMES = 5
_REPLACED = 0.25
_WORD = re.compile(r"[^\W\d_]{4,}")


def endless(among: Sequence[Dialogue], seed: int = 1) -> Iterator[Message]:
    """The messages of the dialogues without end, hardly two the same but for short ones."""
    chosen = random.Random(seed)
    words = [word for each in among for message in each.messages for word in _WORD.findall(message.text)]

    def varied(text: str) -> str:
        return _WORD.sub(lambda word: chosen.choice(words) if chosen.random() < _REPLACED else word[0], text)

    number = count(1)
    for again in count():
        for dialogue in among:
            for message in dialogue.messages:
                content = tuple(_varied(block, f"{dialogue.name}-{again}", varied) for block in message.content)
                yield message.model_copy(update={"id": f"m{next(number)}", "content": content})


def of_tokens(messages: Iterable[Message], tokens: int) -> list[Message]:
    """As many of the messages as have so many tokens; it ends with what the user says."""
    meter, taken, total = TokenMeter(), list[Message](), 0
    for message in messages:
        taken.append(message)
        total += meter.count(message)
        if total >= tokens and message.role == "user":
            break
    return taken


def compacting(budget: int, tokens: int = TOKENS, times: int = _TIMES) -> tuple[float, float]:
    """Milliseconds, median: ours, and LexRank, each time for another conversation of so many tokens."""
    ours: list[float] = []
    central: list[float] = []
    for seed in range(times):
        messages = of_tokens(endless(dialogues(), seed), tokens)
        task = Task(budget, messages[-1].metadata.timestamp, lambda message, _result: f"conversation://c/{message.id}")
        ours.append(_milliseconds(lambda messages=messages, task=task: compact(messages, task, TokenMeter())))
        central.append(_milliseconds(lambda messages=messages: _central(messages, budget)))
    return statistics.median(ours), statistics.median(central)


class Conversation:
    """A long conversation in the index, with vectors, and in a plain FTS5 table."""

    def __init__(self, length: int) -> None:
        self.messages = list(islice(endless(dialogues()), length))
        self.by_position = dict(enumerate(self.messages, 1))
        ready = ReadyVectors()
        keys = [key for at, message in self.by_position.items() for key in texts_of(at, message)]
        vectors = {key: packed(ready.vectors[row % len(ready.vectors)]) for row, key in enumerate(keys)}
        self.index = MessageIndex.of(self.messages, vectors)
        self.questions = [question.text for dialogue in dialogues() for question in dialogue.questions]
        self._vector = ready.vectors[0]
        self.plain = sqlite3.connect(":memory:", isolation_level=None)
        self.plain.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize = 'porter unicode61')")
        rows = [(at, text_of(message)) for at, message in self.by_position.items()]
        self.plain.executemany("INSERT INTO said (rowid, text) VALUES (?, ?)", rows)

    def recall(self, question: str) -> None:
        """Search, and put what was found into a message."""
        query = Query(query_terms(question), self._vector)
        self.quote(self.index.search(query, limit=HITS))

    def quote(self, hits: Sequence[MessageHit]) -> None:
        """The message that a model would get."""
        best = weighed(hits, self.by_position)
        assert recall(best, self.by_position, ROOM, TokenMeter()) is not None

    def plain_search(self, question: str) -> None:
        """Any word of the question, by BM25."""
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        sql = "SELECT rowid, text FROM said WHERE said MATCH ? ORDER BY bm25(said) LIMIT ?"
        assert self.plain.execute(sql, (words, HITS)).fetchall()


async def stored_recall(conversation: Conversation, questions: Sequence[str], folder: Path) -> list[float]:
    """Milliseconds of each question but the first, which reads the conversation, asked of the log on disk."""
    with Database.in_folder(folder) as database:
        row = await _store(Conversations(database), conversation.messages)
        log = Log(People(database), Index(ReadyVectors()))
        await log.ready(row.owner, row.id, seconds=600)
        spent: list[float] = []
        for question in questions:
            started = time.perf_counter()
            conversation.quote(await log.search(row.owner, row.id, question, limit=HITS))
            spent.append((time.perf_counter() - started) * 1_000)
    return spent[1:]


def rows() -> Iterator[Row]:
    """All of it."""
    for budget in (TOKENS, TOKENS // 10):
        ours, central = compacting(budget)
        beside = f"{ours / central:.2f} x LexRank ({central:,.0f} ms); goal: {GOAL_COMPACT} ms"
        yield Row(f"compact {TOKENS:,} tokens for a budget of {budget:,}", f"{ours:.0f} ms", beside)
    yield from _recall_rows(Conversation(MESSAGES))
    yield memory_row(in_child())


def memory_row(held: Sequence[int]) -> Row:
    """The last hundred turns beside the first hundred."""
    first, last = (statistics.mean(part) / 1e6 for part in (held[:HUNDRED], held[-HUNDRED:]))
    what = f"host, window of {WINDOW:,}: memory in turns {TURNS - HUNDRED + 1:,} to {TURNS:,}"
    return Row(what, f"{last:.1f} MB", f"{last - first:+.1f} MB on the first {HUNDRED}; goal: flat")


def _recall_rows(conversation: Conversation) -> Iterator[Row]:
    plain = [_milliseconds(lambda asked=asked: conversation.plain_search(asked)) for asked in conversation.questions]
    yield Row(f"search {MESSAGES:,} messages in FTS5, in memory", _quantiles(plain), "p50, p99")
    first, *halves = conversation.questions[::2]  # each half is new to whom it is asked, with the words in it
    conversation.recall(first)  # lays out what each search uses
    ours = [_milliseconds(lambda asked=asked: conversation.recall(asked)) for asked in halves]
    yield Row("recall from the index", _quantiles(ours), _beside(ours, plain))
    with TemporaryDirectory() as folder:
        stored = anyio.run(stored_recall, conversation, conversation.questions[1::2], Path(folder))
    yield Row("recall from the log on disk", _quantiles(stored), _beside(stored, plain))


def _varied(block: Block, suffix: str, varied: Callable[[str], str]) -> Block:
    if isinstance(block, ToolCall):
        return block.model_copy(update={"id": f"{block.id}-{suffix}"})
    if isinstance(block, ToolResult):
        content = tuple(Text(text=varied(part.text)) if isinstance(part, Text) else part for part in block.content)
        return block.model_copy(update={"call_id": f"{block.call_id}-{suffix}", "content": content})
    return Text(text=varied(block.text)) if isinstance(block, Text) else block


def _central(messages: Sequence[Message], budget: int) -> None:
    ranks = lexrank([text_of(message) for message in messages])
    first_that_fit(messages, (-ranks).argsort().tolist(), budget)


async def _store(conversations: Conversations, messages: Sequence[Message]) -> ConversationRow:
    """As if somebody had said all this."""
    now = messages[-1].metadata.timestamp
    row = ConversationRow("c" * 32, "ann", "Long", now, now)
    said = [StoredMessage(message.id, message.model_dump_json()) for message in messages]
    await conversations.append_all(row, lambda _first: said)
    return row


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1_000


def _quantiles(spent: Sequence[float]) -> str:
    parts = statistics.quantiles(spent, n=100)
    return f"{parts[49]:.1f}, {parts[98]:.1f} ms"


def _beside(ours: Sequence[float], plain: Sequence[float]) -> str:
    ratio = statistics.median(ours) / statistics.median(plain)
    return f"{ratio:.1f} x that; goal: p50 of {GOAL_RECALL} ms"


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what:<56} {row.value:>16}   {row.goal}", flush=True)
