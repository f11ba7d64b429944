"""What an assistant is put together from."""

from pathlib import Path

import pytest

from deskhand.cli.assistant import Wanted, furnished
from deskhand.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("embeddings", "model"), [("ollama", "ollama/nomic-embed-text"), ("none", None)])
async def test_a_conversation_is_searched_with_the_embedder_of_the_settings(
    tmp_path: Path, embeddings: str, model: str | None
) -> None:
    (tmp_path / "script.json").write_text('{"steps": []}')
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "model": {"provider": "scripted", "script": tmp_path / "script.json"},
            "retrieval": {"embeddings": embeddings},
        }
    )
    async with furnished(settings, Wanted(none=True), None) as furniture:
        embedder = furniture.embedder
        assert (embedder and embedder.model) == model
        await furniture.model.aclose()
