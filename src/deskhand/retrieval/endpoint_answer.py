"""The two ways to ask a server for embeddings, and what its answer must be to be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np

from deskhand.errors import Unavailable
from deskhand.retrieval.bert import unit
from deskhand.retrieval.embedder import Vectors


class EmbeddingDialect(Protocol):
    """What a kind of server wants to be asked, and how it answers."""

    @property
    def name(self) -> str:
        """The kind, as `retrieval.embeddings` calls it."""
        ...

    @property
    def path(self) -> str:
        """Where to POST, below the base URL."""
        ...

    def rows(self, answer: Mapping[str, object], count: int) -> list[object]:
        """The vectors in the order of the texts.

        Raises:
            ValueError, KeyError, TypeError: the answer has another form.
        """
        ...


@dataclass(frozen=True, slots=True)
class OpenAIDialect:
    """`POST /embeddings` of OpenAI and of all who copy it: `{"data": [{"index": 0, "embedding": [...]}]}`."""

    name: str = "openai"
    path: str = "/embeddings"

    def rows(self, answer: Mapping[str, object], count: int) -> list[object]:
        """By their `index`, because the order of `data` is not promised."""
        entries = cast("list[dict[str, object]]", answer["data"])
        by_index = {entry["index"]: entry["embedding"] for entry in entries}
        if len(entries) != count or set(by_index) != set(range(count)):
            raise ValueError(f"it holds the vectors {sorted(map(str, by_index))[:5]} … for {count} texts")
        return [by_index[index] for index in range(count)]


@dataclass(frozen=True, slots=True)
class OllamaDialect:
    """`POST /api/embed` of Ollama: `{"embeddings": [[...]]}`."""

    name: str = "ollama"
    path: str = "/api/embed"

    def rows(self, answer: Mapping[str, object], count: int) -> list[object]:
        """As they come: Ollama keeps the order."""
        found = cast("list[object]", answer["embeddings"])
        if len(found) != count:
            raise ValueError(f"it holds {len(found)} vectors for {count} texts")
        return found


def vectors_in(answer: object, dialect: EmbeddingDialect, count: int, dimension: int) -> Vectors:
    """The vectors of an answer to `count` texts, at unit length. `dimension` is that of before, 0 when there is none.

    Raises:
        Unavailable: it does not hold one vector of finite numbers for each text, or not of that dimension.
    """
    if not isinstance(answer, dict):
        raise Unavailable("is not a JSON object")
    try:
        rows = np.array(dialect.rows(cast("dict[str, object]", answer), count), np.float32)
    except KeyError as error:
        raise Unavailable(f"has no field {error}") from error
    except (ValueError, TypeError) as error:
        raise Unavailable(f"is not what was expected: {error}") from error
    if rows.ndim != 2 or not rows.shape[1]:
        raise Unavailable(f"has vectors of the shape {rows.shape[1:]}")
    if dimension and rows.shape[1] != dimension:
        raise Unavailable(
            f"has vectors of {rows.shape[1]} numbers, and had {dimension} before: it is another model. Start Deskhand "
            "anew, and what is stored will be embedded again"
        )
    if not np.isfinite(rows).all():
        raise Unavailable("has numbers that are not finite")
    return unit(rows)


def explanation(answer: object) -> str:
    """What a server says of an error, in one line: OpenAI's `error.message`, Ollama's `error`, else what came."""
    if isinstance(answer, list) and answer:
        return explanation(cast("list[object]", answer)[0])
    if isinstance(answer, dict):
        fields = cast("dict[str, object]", answer)
        inner = fields.get("error") or fields.get("message") or fields.get("detail")
        if inner:
            return explanation(inner)
    return " ".join(str(cast("object", answer)).split())[:300]
