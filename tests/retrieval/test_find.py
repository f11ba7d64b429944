"""The settings name an embedder; when there is none, a sentence says why and what to do."""

from pathlib import Path

import pytest

from deskhand.errors import SettingsError
from deskhand.retrieval.find import find_embedder, folder_of
from deskhand.retrieval.minilm import MiniLM
from deskhand.retrieval.weights import FILES, FOLDER, beside_python
from deskhand.settings import Settings
from deskhand.settings_sections import RetrievalSettings

pytestmark = pytest.mark.anyio


def settings(data_dir: Path, **retrieval: object) -> Settings:
    return Settings(data_dir=data_dir, retrieval=RetrievalSettings.model_validate(retrieval))


async def test_the_installed_model_is_found_by_itself(tmp_path: Path) -> None:
    found = find_embedder(settings(tmp_path))
    assert isinstance(found.embedder, MiniLM)
    assert found.embedder.folder == beside_python()
    assert "by meaning, with all-MiniLM-L6-v2" in found.why
    assert (await found.embedder.embed(["hello"])).shape == (1, found.embedder.dimension)
    await found.embedder.aclose()


@pytest.mark.parametrize("embeddings", ["auto", "minilm"])
def test_without_weights_it_says_keywords_only_and_how_to_get_them(tmp_path: Path, embeddings: str) -> None:
    found = find_embedder(settings(tmp_path, embeddings=embeddings, weights=tmp_path / "none"))
    assert found.embedder is None
    assert "keywords only" in found.why
    assert "model.safetensors is missing" in found.why
    assert "deskhand embeddings install" in found.why


def test_a_cut_file_is_seen_at_once(tmp_path: Path) -> None:
    for file in FILES:
        (tmp_path / file.name).write_bytes(b"cut")
    found = find_embedder(settings(tmp_path, weights=tmp_path))
    assert found.embedder is None
    assert "has 3 bytes instead of" in found.why


def test_the_users_own_folder_is_looked_at_after_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = beside_python()
    monkeypatch.setattr("sys.prefix", str(tmp_path / "elsewhere"))
    assert folder_of(settings(tmp_path)) == tmp_path / "elsewhere" / "share" / "deskhand" / FOLDER
    (tmp_path / FOLDER).symlink_to(here)
    assert folder_of(settings(tmp_path)) == tmp_path / FOLDER


def test_none_is_none_even_with_weights(tmp_path: Path) -> None:
    found = find_embedder(settings(tmp_path, embeddings="none"))
    assert found.embedder is None
    assert "retrieval.embeddings is none" in found.why


@pytest.mark.parametrize(
    ("given", "model", "address"),
    [
        ({"embeddings": "openai"}, "openai/text-embedding-3-small", "api.openai.com"),
        ({"embeddings": "ollama"}, "ollama/nomic-embed-text", "127.0.0.1:11434"),
        ({"embeddings": "openai", "base_url": "http://10.0.0.7:8000/v1", "model": "e5"}, "openai/e5", "10.0.0.7:8000"),
    ],
)
async def test_an_endpoint_is_named_but_its_key_is_not(
    tmp_path: Path, given: dict[str, object], model: str, address: str
) -> None:
    found = find_embedder(settings(tmp_path, **given, api_key="sk-secret-123456"))
    assert found.embedder is not None
    assert found.embedder.model == model
    assert f"{model} at {address}" in found.why
    assert "secret" not in found.why
    await found.embedder.aclose()


@pytest.mark.parametrize("given", [{"base_url": "nowhere"}, {"api_key": "sk-1\nX-Evil: 1"}, {"api_key": "ключ"}])
def test_a_wrong_endpoint_is_a_wrong_setting(tmp_path: Path, given: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=f"retrieval.{next(iter(given))}"):
        find_embedder(settings(tmp_path, embeddings="openai", **given))
