"""`/context`, `/pin`, `/unpin` and `/undo-compaction` in a chat that outgrew a small window, and on its screen."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import anyio
import pytest
from rich.console import Console
from tests.memory.remembering import ScriptedEmbedder
from tests.terminal.completing import completed
from tests.terminal.typed_lines import Lines

from deskhand.host.events import (
    ContextMeasured,
    ContextRestored,
    Event,
    MessagePinned,
)
from deskhand.host.human import Nobody
from deskhand.models.script import Step
from deskhand.models.scripted import ScriptedModel
from deskhand.retrieval.embedder import Embedder
from deskhand.settings import Settings
from deskhand.settings_sections import ModelSettings
from deskhand.store.database import Database
from deskhand.terminal.app import ChatApp, Face
from deskhand.terminal.context_meter import ContextMeter, parts
from deskhand.terminal.desk import Desk, Furniture
from deskhand.terminal.plain import PlainRenderer
from deskhand.terminal.render import Renderer
from deskhand.terminal.screen import LiveScreen, StillScreen

pytestmark = pytest.mark.anyio

WINDOW = 2_600
TALK = [f"Day {day}: the ferry to Ven left at {day}:15 with {day} bicycles. " + "It rained. " * 40 for day in range(24)]
"""Enough for several compactions in so small a window."""


@dataclass
class Room:
    """A chat with what is on its screen."""

    app: ChatApp
    desk: Desk
    out: StringIO
    model: ScriptedModel
    outside: list[Event] = field(default_factory=list[Event])

    async def types(self, *lines: str, reference: str | None = None) -> str:
        """Type these; gives what was shown."""
        before = len(self.out.getvalue())
        await self.app.run(Lines(*lines), reference)
        return self.out.getvalue()[before:]

    async def after_talk(self, *lines: str) -> str:
        """Type these after a long talk; gives what they showed."""
        await self.types(*TALK)
        return await self.types(*lines, reference="latest")

    def seen(self) -> str:
        """What the model saw last."""
        return "\n".join(message.text for message in self.model.requests[-1].messages)

    async def completed(self, typed: str) -> list[str]:
        return await completed(self.app, typed)


@asynccontextmanager
async def room(folder: Path, embedder: Embedder | None = None) -> AsyncGenerator[Room]:
    out, outside = StringIO(), list[Event]()
    console = Console(file=out, width=120, color_system=None)
    model = ScriptedModel([Step(text="Noted.", times=None)], context_window=WINDOW)

    def replay(events: Sequence[Event]) -> None:
        Renderer(StillScreen(console), echo=True).replay(events)

    face = Face(LiveScreen(console), PlainRenderer(out.write, frames=out.write, answers=True), replay, None, False)
    settings = Settings(data_dir=folder, model=ModelSettings(max_output_tokens=100))
    with Database(None) as database:
        furniture = Furniture(settings=settings, model=model, servers=[], database=database, embedder=embedder)
        async with Desk(furniture, Nobody(), outside.append) as desk:
            yield Room(ChatApp(desk, face), desk, out, model, outside)


async def test_a_conversation_that_outgrows_the_window_says_what_was_done(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.types(*TALK)
        assert re.search(r"\[Compacted: [\d,]+ → [\d,]+ tokens; \d+ messages moved to the log", shown)


async def test_the_context_is_shown_in_parts_with_the_compactions(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.after_talk("/context")
        assert re.search(r"scripted/script, window 2,600 tokens, \d\d % full", shown)
        for part in ("system prompt", "tools: host", "digest", "history", "reserved for the answer", "free"):
            assert re.search(rf"^{part} +[\d,]+ +\d+ %  ━+", shown, re.MULTILINE), part
        assert re.search(r"The model sees \d+ of 48 messages; the log has all of them", shown)
        assert re.search(r"^1 .* nearly full .*\n.*1 last request", shown, re.MULTILINE)
        assert re.search(r"^2 ", shown, re.MULTILINE)


async def test_the_parts_add_up_to_the_window(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.after_talk("/undo-compaction", "/context")
        measured = here.app.meter.measured
        assert measured is not None
        assert sum(tokens for _, tokens in parts(measured)) == measured.window == WINDOW


async def test_before_the_model_was_asked_the_context_says_what_is_known(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.types("/context", "/undo-compaction")
        assert "window 2,600 tokens\n" in shown
        assert "counted when the model is asked next" in shown
        assert "Nothing was compacted: the model sees all of the conversation (0 messages)." in shown
        assert "Nothing of this conversation was compacted" in shown


async def test_a_conversation_that_goes_on_in_another_run_is_counted_before_the_model_is_asked(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.types(*TALK[:3])
        here.app.meter.measured = None
        shown = await here.types("/context", reference="latest")
        assert re.search(r"The conversation takes about [1-9]\d\d tokens. The system prompt", shown)


async def test_one_compaction_is_shown_whole(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.after_talk("/context 2")
        assert len(here.desk.current.memory.receipts) > 2, "it is an older one, which is not whole in memory"
        receipt = await here.desk.current.memory.whole_receipt(2)
        assert receipt is not None
        assert "Compaction 2 " in shown
        digest, stayed, moved = (shown.index(text) for text in ("Digest of", "Stayed: ", "Moved to the log: "))
        assert digest < stayed < moved
        assert "[Earlier messages in excerpts" in shown[digest:stayed]
        for one in receipt.kept:
            assert one.id[:8] in shown[stayed:moved]
        for name in receipt.moved_out:
            assert name[:8] in shown[moved:]
        assert re.search(r"you +Day \d+: the ferry", shown[moved:])


async def test_undoing_brings_back_what_was_seen_and_says_so(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.after_talk("/undo-compaction 2")
        (restored,) = [event for event in here.outside if isinstance(event, ContextRestored)]
        assert restored.receipts[0] == 2
        assert [receipt.number for receipt in here.desk.current.memory.receipts] == [1]
        before = here.app.meter.full
        await here.types("/undo-compaction", reference="latest")
        assert here.desk.current.memory.moved_out == 0
        assert before is not None
        assert (here.app.meter.full or 0) > before, "the meter counts anew"


async def test_pinning_keeps_a_message_in_view(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.after_talk("/pin  day 2:", "/pin")
        pinned = [event.text[:6] for event in here.outside if isinstance(event, MessagePinned)]
        assert pinned == ["Day 2:", "Day 23"]
        assert "Day 2: the ferry" not in here.seen()
        shown = await here.types(*TALK[:8], "/context", reference="latest")
        assert re.search(r"\b2 pinned", shown)
        assert "Day 2: the ferry" in here.seen()


async def test_what_is_no_longer_pinned_moves_out_in_its_time(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.after_talk(
            "/pin day 2:", "/pin day 3:", "/context", "/unpin  DAY 2:  the", "/unpin", "/context"
        )
        assert re.search(r"No longer pinned: “Day 2: the ferry.*No longer pinned: “Day 3: the ferry", shown, re.DOTALL)
        assert shown.count("\n2 messages pinned: /unpin WORDS lets one go\n") == shown.count(" pinned: /unpin ") == 1
        shown = await here.types(*TALK[4:12], "/unpin", reference="latest")
        assert "No message is pinned." in shown
        assert "Day 2: the ferry" not in here.seen()
        assert "Day 3: the ferry" not in here.seen()


async def test_what_is_pinned_completes_after_unpin(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.after_talk("/pin day 2:", "/pin day 3:")
        async with here.desk.chat("latest"):
            two, three = (f"Day {day}: the ferry to Ven left at {day}:15" for day in (2, 3))
            assert await here.completed("/unpin ") == [three, two]
            assert await here.completed("/unpin day  2") == [two]
            assert await here.completed("/unpin a submarine") == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/context two", "Type /context, or /context N with the number of a compaction."),
        ("/undo-compaction -1", "Type /undo-compaction, or /undo-compaction N"),
        ("/context 99", "There is no compaction 99 in force. There are: 1, "),
        ("/undo-compaction 0", "There is no compaction 0 in force. There are: 1, "),
        ("/pin a submarine", "No message of this conversation says 'a submarine'."),
        ("/unpin day 2:", "No pinned message says 'day 2:'."),
    ],
)
async def test_what_cannot_be_done_says_what_can(tmp_path: Path, typed: str, words: str) -> None:
    async with room(tmp_path) as here:
        assert words in await here.after_talk(typed)
        assert here.desk.current.memory.receipts, "nothing was undone"


async def test_the_numbers_of_compactions_complete(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.after_talk()
        numbers = [str(receipt.number) for receipt in here.desk.current.memory.receipts]
        async with here.desk.chat("latest"):
            assert await here.completed("/context ") == numbers[::-1]
            assert await here.completed("/undo-compaction 2") == ["2"]
            assert await here.completed("/und") == ["undo-compaction"]


async def test_the_toolbar_says_how_full_the_window_is(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        assert "context" not in here.app.toolbar()
        await here.types("Hello.")
        first = re.search(r"  context (\d+) %  ", here.app.toolbar())
        await here.types(*TALK[:3], reference="latest")
        later = re.search(r"  context (\d+) %  ", here.app.toolbar())
        assert first
        assert later
        assert int(first[1]) < int(later[1])


async def test_a_new_conversation_begins_with_an_emptier_window(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.types(*TALK[:3])
        before = here.app.meter.full or 0
        await here.types("/new", "/context")
        assert (here.app.meter.full or 1) < before
        assert here.app.meter.measured is not None
        assert here.app.meter.measured.history == 0


async def test_a_conversation_that_goes_on_says_that_part_of_it_is_in_the_log(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        shown = await here.after_talk()
        assert re.search(r"\d+ of 48 messages moved to the log: /context shows it", shown)


async def test_what_moved_out_is_embedded_and_nothing_else(tmp_path: Path) -> None:
    embedder = ScriptedEmbedder()
    async with room(tmp_path, embedder) as here:
        await here.types(TALK[0])
        assert not embedder.embedded, "nothing moved out: the model of meaning is not loaded"
        await here.types(*TALK[1:], reference="latest")
        with anyio.fail_after(20):
            async with here.desk.chat("latest"):
                while not any("Day 3:" in text for text in embedder.embedded):
                    await anyio.lowlevel.checkpoint()


def test_a_window_with_no_room_at_all_is_full() -> None:
    meter = ContextMeter()
    meter.hear(
        ContextMeasured(
            window=100, system=50, memory=0, tools={}, digest=0, recalled=0, history=0, reserved=100, free=-50
        )
    )
    assert meter.short() == "context 100 %"
