"""Whatever is saved, changed, forgotten and looked for, in any order, the memory is what a dictionary says."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from tests.memory.remembering import ANN, BOB, Clock, remembering, sentence, stored

from deskhand.errors import InvalidInput, NotFound
from deskhand.store.database import Database
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request

NUMBERS = st.integers(0, 30)


class Remembering(RuleBasedStateMachine):
    """Two backends on one file, as two processes have them; `texts` is what should be there."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(prefix="memory-")
        self.databases = [Database(Path(self.folder.name) / "deskhand.db") for _ in range(2)]
        self.loop = ExitStack()
        self.run = self.loop.enter_context(start_blocking_portal()).call
        clock = Clock()
        self.backends = [remembering(database, clock=clock) for database in self.databases]
        self.texts: dict[str, str] = {}

    @rule(target=ids, number=NUMBERS, which=st.integers(0, 1))
    def save(self, number: int, which: int) -> str:
        saved = self.run(self.backends[which].save, ANN, Draft(sentence(number)))
        known = [memory_id for memory_id, text in self.texts.items() if text == sentence(number)]
        assert saved.status == ("duplicate_of" if known else "saved")
        assert not known or saved.id in known
        self.texts[saved.id] = sentence(number)
        return saved.id

    @rule(memory_id=ids, number=NUMBERS, which=st.integers(0, 1))
    def update(self, memory_id: str, number: int, which: int) -> None:
        if memory_id not in self.texts:
            with pytest.raises(NotFound):
                self.run(self.backends[which].update, ANN, memory_id, Edit(sentence(number)))
            return
        with pytest.raises(NotFound):
            self.run(self.backends[which].update, BOB, memory_id, Edit(sentence(number)))
        if any(text == sentence(number) and other != memory_id for other, text in self.texts.items()):
            with pytest.raises(InvalidInput, match="forget"):
                self.run(self.backends[which].update, ANN, memory_id, Edit(sentence(number)))
            return
        self.run(self.backends[which].update, ANN, memory_id, Edit(sentence(number)))
        self.texts[memory_id] = sentence(number)

    @rule(memory_id=ids, which=st.integers(0, 1))
    def forget(self, memory_id: str, which: int) -> None:
        if memory_id not in self.texts:
            with pytest.raises(NotFound):
                self.run(self.backends[which].to_forget, ANN, [memory_id], None)
            return
        seen = self.run(self.backends[which].to_forget, ANN, [memory_id], None)
        assert [one.text for one in seen] == [self.texts.pop(memory_id)]
        assert self.run(self.backends[which].forget, ANN, seen).memories == 1

    @rule(number=NUMBERS, which=st.integers(0, 1))
    def search(self, number: int, which: int) -> None:
        found = self.run(self.backends[which].search, ANN, sentence(number), Request(limit=50, max_tokens=20_000))
        expected = {memory_id for memory_id, text in self.texts.items() if text == sentence(number)}
        assert {hit.id for hit in found.hits[: len(expected)]} == expected

    @invariant()
    def nothing_is_half_there(self) -> None:
        memories, entries = stored(self.databases[0])
        assert memories == {("ann", memory_id) for memory_id in self.texts}
        assert entries == memories

    def teardown(self) -> None:
        self.loop.close()
        for database in self.databases:
            database.close()
        self.folder.cleanup()


TestRemembering = Remembering.TestCase
TestRemembering.settings = settings(max_examples=12, stateful_step_count=20)
