"""`deskhand memory export` and `import` take memories along as files."""

import json
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cli.memory_commands import remember, run

from deskhand.errors import Unavailable
from deskhand.retrieval.find import Found
from deskhand.settings import Settings

pytestmark = pytest.mark.usefixtures("both_folder")
MEM0 = '[{"id": "1", "memory": "Oslo has fjords", "user_id": "a"}, {"id": "2", "memory": "Rome", "user_id": "b"}]'
SECRET = '{"type":"entity","name":"Anna","entityType":"person","observations":["Likes Oslo","her PIN is 4921"]}\n'


def test_memories_go_from_one_person_to_another(tmp_path: Path) -> None:
    remember("Oslo has fjords", "Tea is served at four")
    file = tmp_path / "memories.jsonl"
    assert run("export", str(file)).stderr == f"Wrote 2 memories to {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = run("import", str(file), "--user", "ann").stdout
    assert told == "Imported 2 memories (2 versions, 0 links).\n"
    assert run("export", "--user", "ann").stdout_bytes == file.read_bytes() == run("export").stdout_bytes
    assert "fjords" in run("search", "fjord", "--user", "ann").stdout
    assert "2 were known already" in run("import", str(file), "--user", "ann").stdout


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    remember("Oslo has fjords")
    (tmp_path / "precious").write_text("precious")
    assert "Name a new file" in run("export", str(tmp_path / "precious"), code=1).stderr
    assert (tmp_path / "precious").read_text() == "precious"


def test_the_new_file_may_be_an_option_too(tmp_path: Path) -> None:
    remember("Oslo has fjords")
    file = tmp_path / "memories.jsonl"
    assert run("export", "-o", str(file)).stderr == f"Wrote 1 memory to {file}\n"
    assert file.read_bytes() == run("export").stdout_bytes
    assert "Name one file" in run("export", str(file), "-o", str(file), code=2).stderr


def test_an_export_can_be_piped_into_an_import() -> None:
    remember("Ōsaka has bridges")
    exported = run("export").stdout_bytes
    told = json.loads(run("import", "-", "--user", "ann", "--json", answer=exported).stdout)
    assert (told["format"], told["memories"], told["left_out"]) == ("deskhand", 1, [])


def test_a_bad_line_stops_the_import_unless_it_may_be_skipped() -> None:
    remember("Oslo has fjords")
    lines = run("export").stdout + '{"deskhand_memory":1}\n'
    ended = run("import", "--user", "ann", answer=lines, code=2)
    assert "line 2: id: Field required" in ended.stderr
    assert "Nothing was imported" in ended.stderr
    assert run("list", "--user", "ann").stdout == ""
    skipped = run("import", "--user", "ann", "--skip-bad-lines", answer=lines)
    assert "Imported 1 memory " in skipped.stdout
    assert "1 line left out" in skipped.stderr


def test_many_bad_lines_are_summed_up() -> None:
    ended = run("import", "--format", "deskhand", answer="{}\n" * 30, code=2)
    assert "  and 10 more" in ended.stderr
    assert "because 30 lines cannot be read" in ended.stderr


def test_a_secret_is_left_out_and_the_rest_is_imported() -> None:
    ended = run("import", answer=SECRET, code=1)
    assert "Imported 1 memory " in ended.stdout
    assert "line 1: not remembered, because it seems to hold" in ended.stderr
    assert "4921" not in ended.output
    assert "Likes Oslo" in run("list").stdout


def test_only_one_persons_memories_of_mem0_are_taken() -> None:
    assert "several people: a, b" in run("import", answer=MEM0, code=2).stderr
    assert "no memories of zed, but of: a, b." in run("import", "--of", "zed", answer=MEM0, code=2).stderr
    assert "Imported 1 memory " in run("import", "--of", "b", answer=MEM0).stdout
    assert "Rome" in run("list").stdout
    assert "Oslo" not in run("list").stdout


@pytest.mark.parametrize(("data", "reason"), [(b"\xff\xfe{}", "is not UTF-8"), (b"hello", "no memories that can be")])
def test_a_file_of_something_else_is_refused(data: bytes, reason: str) -> None:
    assert reason in run("import", answer=data, code=2).stderr


def test_a_file_that_is_not_there_is_told() -> None:
    assert "Cannot read nowhere.jsonl: No such file" in run("import", "nowhere.jsonl", code=1).stderr


class Counter:
    """Embeds a text as how long it is and a constant."""

    model, dimension, is_local = "counter", 2, True

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[len(text), 1] for text in texts], np.float32)

    def covers(self, text: str) -> float:
        return 1.0

    async def aclose(self) -> None:
        pass


def embedding_with(embedder: Counter) -> Callable[[Settings], Found]:
    def find(settings: Settings) -> Found:
        return Found(embedder, "It counts.")

    return find


def test_vectors_are_made_for_what_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    remember("Oslo has fjords", "Tea is served at four")
    lines = run("export").stdout
    monkeypatch.setattr("deskhand.cli.memory_access.find_embedder", embedding_with(Counter()))
    run("import", "--user", "ann", answer=lines)
    vectors = json.loads(run("status", "--user", "ann", "--json").stdout)["embeddings"]
    assert (vectors["model"], vectors["embedded"], vectors["waiting"]) == ("counter", 2, 0)


def test_what_has_no_vectors_yet_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Counter):
        async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise Unavailable("It is asleep.")

    remember("Oslo has fjords")
    lines = run("export").stdout
    monkeypatch.setattr("deskhand.cli.memory_access.find_embedder", embedding_with(Broken()))
    ended = run("import", "--user", "ann", answer=lines)
    assert "Imported 1 memory " in ended.stdout
    assert "a running server makes them: It is asleep." in ended.stderr
