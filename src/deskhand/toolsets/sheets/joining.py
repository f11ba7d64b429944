"""Pieces of a column, typed one by one, as one array: what is made of a few rows at a time needs little memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskhand.toolsets.sheets.columns import NULL_IF_NAN, Typed

_NUMBERS = frozenset(("BIGINT", "DOUBLE", ""))
_AS_NUMBERS = {
    "BIGINT": f"CAST({NULL_IF_NAN} AS BIGINT)",
    "DOUBLE": NULL_IF_NAN,
    "BOOLEAN": f"CAST({NULL_IF_NAN} AS BOOLEAN)",
}


def can_join(first: Typed, second: Typed) -> bool:
    """Whether one array can hold both without a value being shown otherwise than it was."""
    kinds = {first.type, second.type}
    return len(kinds) == 1 or "" in kinds or kinds <= _NUMBERS


def joined(pieces: Sequence[Typed]) -> Typed:
    """One column of pieces that can be joined, each with the one before it."""
    kinds = {piece.type for piece in pieces} - {""}
    is_mixed = any(piece.mixed for piece in pieces)
    if len(pieces) == 1 or len({(piece.type, piece.expression) for piece in pieces}) == 1:
        return Typed(np.concatenate([piece.values for piece in pieces]), pieces[0].type, pieces[0].expression, is_mixed)
    kind = "DOUBLE" if kinds == {"BIGINT", "DOUBLE"} else kinds.pop()
    if kind in _AS_NUMBERS:
        return Typed(np.concatenate([_numbers(piece) for piece in pieces]), kind, _AS_NUMBERS[kind], is_mixed)
    like = next(piece for piece in pieces if piece.type)
    return Typed(np.concatenate([_like(piece, like) for piece in pieces]), kind, like.expression, is_mixed)


def _numbers(piece: Typed) -> NDArray[Any]:
    return piece.values.astype("f8") if piece.type else np.full(len(piece.values), np.nan)


def _like(piece: Typed, like: Typed) -> NDArray[Any]:
    """A blank piece in the manner of the others: NaN, NaT or None."""
    if piece.type or like.values.dtype == object:
        return piece.values
    missing = np.datetime64("NaT") if like.values.dtype.kind == "M" else np.nan
    return np.full(len(piece.values), missing, dtype=like.values.dtype)
