"""Vectors for texts that wait, where a model may be away, and one text it refuses must hold up no other."""

import logging
from collections.abc import Mapping

from deskhand.retrieval.index import Index

logger = logging.getLogger(__name__)


async def vectors_of(index: Index, texts: Mapping[str, str]) -> dict[str, bytes]:
    """Vectors by key, waited for as long as it takes; none at all while the model does not answer.

    One text that it refuses is done without a vector: it is found by its words only.
    """
    vectors = await index.stored(list(texts.values()), patience=None)
    if None not in vectors:
        return {key: vector or b"" for key, vector in zip(texts, vectors, strict=True)}
    if not await index.answers():
        return {}
    if len(texts) == 1:
        logger.warning("%s refuses one text, which is found by its words only", index.model)
        return dict.fromkeys(texts, b"")
    made: dict[str, bytes] = {}
    for key, text in texts.items():
        made |= await vectors_of(index, {key: text})
    return made
