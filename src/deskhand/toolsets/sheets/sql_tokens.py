"""SQL cut at DuckDB's own tokens: its words, what stands behind it, and the statement after EXPLAIN."""

from collections.abc import Iterator
from typing import Any

import duckdb

from deskhand.errors import InvalidInput

Token = tuple[str, Any]


def tokens(text: str) -> Iterator[Token]:
    """Words and signs, unquoted and in lower case, without comments."""
    data = text.encode()
    found = duckdb.tokenize(text)
    ends = [offset for offset, _ in found[1:]] + [len(data)]
    for (start, kind), end in zip(found, ends, strict=True):
        if kind != duckdb.token_type.comment:
            word = data[start:end].decode("utf-8", "replace").strip()
            yield word.strip('"').replace('""', '"').casefold(), kind


def without_end(text: str) -> str:
    """The statement without the semicolons and comments behind it: what stands after it must not be lost in them."""
    data = text.encode()
    found = [(start, kind) for start, kind in duckdb.tokenize(text) if kind != duckdb.token_type.comment]
    while found and data[found[-1][0] :].startswith(b";"):
        data = data[: found.pop()[0]]
    if not found:
        return ""
    rest = duckdb.tokenize(data.decode())
    comments = [start for start, kind in rest if kind == duckdb.token_type.comment and start > found[-1][0]]
    return data[: comments[0] if comments else None].decode().strip()


def explained(text: str) -> tuple[str, str]:
    """`EXPLAIN [ANALYZE]`, and the statement after it; options in parentheses are left out."""
    starts = [(start, word) for start, (word, _) in zip(_starts(text), tokens(text), strict=True)]
    words = [word for _, word in starts] + ["", ""]
    analyze = words[1] in ("analyze", "analyse")
    index = 2 if analyze else 1
    if words[index] == "(" and words[index + 1] in ("format", "analyze", "verbose", "costs"):
        index = words.index(")", index) + 1 if ")" in words[index:] else len(starts)
    if index >= len(starts):
        raise InvalidInput("EXPLAIN needs a statement. Write one, such as EXPLAIN SELECT 1.")
    rest = text.encode()[starts[index][0] :].decode("utf-8", "replace")
    return ("EXPLAIN ANALYZE " if analyze else "EXPLAIN "), rest


def _starts(text: str) -> list[int]:
    return [start for start, kind in duckdb.tokenize(text) if kind != duckdb.token_type.comment]
