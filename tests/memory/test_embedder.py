"""The model is away, slow, broken or another one: memories are kept and found by words, and the rest is made up for."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.abc
import anyio.lowlevel
import pytest
from tests.memory.remembering import ANN, BOB, Clock, ScriptedEmbedder, remembering, sentence

from deskhand.retrieval import reachable
from deskhand.retrieval.endpoint import EmbeddingEndpoint
from deskhand.retrieval.endpoint_answer import OllamaDialect
from deskhand.retrieval.minilm import MiniLM
from deskhand.retrieval.weights import VOCABULARY, WEIGHTS, beside_python
from deskhand.store.database import Database
from deskhand.toolsets.memory import embedding
from deskhand.toolsets.memory.backend import MemoryBackend
from deskhand.toolsets.memory.changing import Edit
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.finding import Request
from deskhand.toolsets.memory.results import Embeddings

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The background tries again at once."""
    monkeypatch.setattr(embedding, "_RETRY_SECONDS", 0.01)


@asynccontextmanager
async def working(backend: MemoryBackend) -> AsyncGenerator[None]:
    """With the background at work."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(backend.background.run)
        yield
        tasks.cancel_scope.cancel()


async def until(backend: MemoryBackend, true: Callable[[Embeddings], bool]) -> Embeddings:
    """The state of the embeddings once something is true of it."""
    with anyio.fail_after(20):
        while not true(state := (await backend.status(ANN)).embeddings):
            await anyio.lowlevel.checkpoint()
    return state


async def test_while_the_model_is_away_words_find_and_later_it_makes_up_for_it(database: Database) -> None:
    model = ScriptedEmbedder(fails="127.0.0.1:11434 does not answer")
    backend = remembering(database, model)
    async with working(backend):
        saved = await backend.save(ANN, Draft(sentence(1)))
        found = await backend.search(ANN, sentence(1).split()[0], Request())
        assert ([hit.id for hit in found.hits], found.search) == ([saved.id], "words only")
        state = (await backend.status(ANN)).embeddings
        assert (state.active, state.embedded, state.waiting) == (False, 0, 1)
        assert "11434 does not answer" in state.why
        model.fails = ""
        state = await until(backend, lambda state: not state.waiting)
        assert (state.active, state.embedded) == (True, 1)
    assert (await backend.search(ANN, sentence(1).split()[0], Request())).search == "words and meaning"


async def test_nobody_waits_long_for_a_model_that_hangs(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable.ReachableEmbedder.vectors, "__defaults__", (0.05,))
    monkeypatch.setattr(reachable.ReachableEmbedder.works, "__defaults__", (0.05,))
    model = ScriptedEmbedder(hangs=True)
    backend = remembering(sqlite, model)
    with anyio.fail_after(5):
        for number in range(30):
            await backend.save(ANN, Draft(sentence(number)))
        assert (await backend.search(ANN, sentence(3), Request())).hits
    assert model.asked <= 2  # and not each of them waits again
    assert "did not answer within" in (await backend.status(ANN)).embeddings.why


async def test_an_endpoint_that_answers_rubbish_or_never_is_no_obstacle(sqlite: Database) -> None:
    async def rubbish(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"embeddings": "soon"}')

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        tasks.start_soon(listener.serve, rubbish)
        endpoint = EmbeddingEndpoint(OllamaDialect(), f"http://127.0.0.1:{port}", "nomic")
        backend = remembering(sqlite, endpoint)
        saved = await backend.save(ANN, Draft(sentence(1)))
        found = await backend.search(ANN, sentence(1), Request())
        assert [hit.id for hit in found.hits] == [saved.id]
        state = (await backend.status(ANN)).embeddings
        assert state.waiting == 1
        assert "is not what was expected" in state.why
        await endpoint.aclose()
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("broken", [VOCABULARY.name, WEIGHTS.name])
async def test_with_broken_weights_words_find_and_once_repaired_all_is_embedded(
    broken: str, sqlite: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    for file in (VOCABULARY, WEIGHTS):
        (folder / file.name).symlink_to(beside_python() / file.name)
    (folder / broken).unlink()
    (folder / broken).write_bytes((beside_python() / broken).read_bytes()[:-100])
    backend = remembering(sqlite, MiniLM(folder))
    saved = await backend.save(ANN, Draft("The bicycle is in the shed."))
    found = await backend.search(ANN, "Where is the bicycle?", Request())
    assert ([hit.id for hit in found.hits], found.search) == ([saved.id], "words only")
    state = (await backend.status(ANN)).embeddings
    assert (state.active, state.waiting) == (False, 1)
    assert broken in state.why
    repaired = remembering(sqlite, MiniLM(beside_python()))
    async with working(repaired):
        await until(repaired, lambda state: state.embedded == 1)


async def test_after_another_model_came_old_vectors_do_not_count_and_are_made_anew(database: Database) -> None:
    clock = Clock()
    before = remembering(database, ScriptedEmbedder(model="old", dimension=64), clock=clock)
    for number in range(40):
        await before.save(ANN, Draft(sentence(number)))
    after = remembering(database, ScriptedEmbedder(model="new", dimension=32), clock=clock)
    found = await after.search(ANN, sentence(7), Request(limit=1))
    assert [hit.text for hit in found.hits] == [sentence(7)]
    state = (await after.status(ANN)).embeddings
    assert (state.model, state.embedded, state.waiting) == ("new", 0, 40)
    async with working(after):
        seen = await until(after, lambda state: state.embedded > 0)
        assert seen.embedded + seen.waiting == 40
        assert (await after.search(ANN, sentence(7), Request(limit=1))).hits
        await until(after, lambda state: state.waiting == 0)
    assert (await after.search(ANN, sentence(7), Request(limit=1))).hits[0].text == sentence(7)


async def test_a_model_that_changes_its_length_under_the_same_name_is_another_model(database: Database) -> None:
    clock = Clock()
    before = remembering(database, ScriptedEmbedder(dimension=64), clock=clock)
    saved = await before.save(ANN, Draft(sentence(1)))
    shorter = remembering(database, ScriptedEmbedder(dimension=32), clock=clock)
    assert [hit.id for hit in (await shorter.search(ANN, sentence(1), Request())).hits] == [saved.id]
    assert (await shorter.status(ANN)).embeddings.waiting == 1
    async with working(shorter):
        await until(shorter, lambda state: state.embedded == 1)


async def test_a_text_the_model_refuses_holds_up_no_other(sqlite: Database) -> None:
    model = ScriptedEmbedder(refuses="poison")
    backend = remembering(sqlite, model)
    for caller in (ANN, BOB):
        for number in range(5):
            await backend.save(caller, Draft(sentence(number)))
        await backend.save(caller, Draft(f"{sentence(50)} poison"))
    async with working(backend):
        await until(backend, lambda state: not state.waiting)
        with anyio.fail_after(20):
            while (await backend.status(BOB)).embeddings.waiting:
                await anyio.lowlevel.checkpoint()
    assert (await backend.search(ANN, "poison", Request(limit=1))).hits[0].text == f"{sentence(50)} poison"


async def test_a_vector_of_the_old_text_never_lands_on_the_new(sqlite: Database) -> None:
    model = ScriptedEmbedder(fails="away")
    backend = remembering(sqlite, model)
    saved = await backend.save(ANN, Draft(sentence(1)))
    person = backend.people.person("ann")
    due = await person.read(backend.background._due)  # pyright: ignore[reportPrivateUsage]
    assert due is not None
    assert list(due.texts.values()) == [sentence(1)]
    await backend.update(ANN, saved.id, Edit(sentence(2)))
    model.fails = ""
    await backend.background._embed(person, due)  # pyright: ignore[reportPrivateUsage]
    assert (await backend.status(ANN)).embeddings.waiting == 2
