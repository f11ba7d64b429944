"""Which embedder the settings ask for, and why there is none."""

from dataclasses import dataclass
from pathlib import Path

from deskhand.errors import SettingsError
from deskhand.retrieval.embedder import Embedder
from deskhand.retrieval.weights import candidates, problem_of
from deskhand.settings import Settings
from deskhand.settings_sections import RetrievalSettings

OPENAI_URL, OPENAI_MODEL = "https://api.openai.com/v1", "text-embedding-3-small"
OLLAMA_URL, OLLAMA_MODEL = "http://127.0.0.1:11434", "nomic-embed-text"


@dataclass(frozen=True, slots=True)
class Found:
    """An embedder, or None: then search is by keywords only."""

    embedder: Embedder | None
    why: str
    """One sentence for a person: which is active, or why none is and what to do."""


def find_embedder(settings: Settings) -> Found:
    """The embedder of `settings`, not yet loaded or asked. Who gets it closes it.

    Raises:
        SettingsError: the address of an endpoint is none.
    """
    wanted = settings.retrieval
    if wanted.embeddings == "none":
        return Found(None, "Search is by keywords only, because retrieval.embeddings is none.")
    if wanted.embeddings in ("auto", "minilm"):
        return _local(settings)
    return _remote(wanted)


def folder_of(settings: Settings) -> Path:
    """Where the files of MiniLM are; when they are nowhere, where they should be."""
    if settings.retrieval.weights is not None:
        return settings.retrieval.weights
    folders = candidates(settings.data_dir)
    return next((folder for folder in folders if problem_of(folder) is None), folders[0])


def _local(settings: Settings) -> Found:
    folder = folder_of(settings)
    if problem := problem_of(folder):
        return Found(
            None,
            f"Search is by keywords only, because the embedding model is not there: {problem}. "
            "`deskhand embeddings install` fetches it; then start Deskhand again.",
        )
    from deskhand.retrieval.minilm import MODEL, MiniLM

    return Found(MiniLM(folder), f"Search is by keywords and by meaning, with {MODEL} from {folder}.")


def _remote(wanted: RetrievalSettings) -> Found:
    from deskhand.retrieval.endpoint import EmbeddingEndpoint
    from deskhand.retrieval.endpoint_answer import OllamaDialect, OpenAIDialect

    ollama = wanted.embeddings == "ollama"
    dialect = OllamaDialect() if ollama else OpenAIDialect()
    name = wanted.model or (OLLAMA_MODEL if ollama else OPENAI_MODEL)
    key = wanted.api_key.get_secret_value() if wanted.api_key else ""
    if not key.isascii() or not key.isprintable():
        raise SettingsError("retrieval.api_key has characters that no key has; was something else pasted with it?")
    endpoint = EmbeddingEndpoint(dialect, wanted.base_url or (OLLAMA_URL if ollama else OPENAI_URL), name, key=key)
    return Found(endpoint, f"Search is by keywords and by meaning, with {endpoint.model} at {endpoint.address}.")
