"""Generated dialogues, as hosts of four dialects send them."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, cast

from hypothesis import strategies as st

Raw = dict[str, Any]

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
PLAIN = st.none() | st.booleans() | st.integers(-1_000, 1_000) | TEXTS
OBJECTS = st.dictionaries(TEXTS, PLAIN | st.lists(PLAIN, max_size=2), max_size=3)
DATA = st.sampled_from(["aGk=", "iVBORw0KGgo="])
MORE = st.dictionaries(st.sampled_from(["cache_control", "_meta", "annotations", "x"]), OBJECTS, max_size=2)


def merged(*parts: st.SearchStrategy[Raw]) -> st.SearchStrategy[Raw]:
    return st.tuples(*parts).map(lambda all_: {key: value for part in all_ for key, value in part.items()})


def keyed(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    return st.fixed_dictionaries({key: values})


def maybe(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    return st.fixed_dictionaries({}, optional={key: values})


def message(role: str, content: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    return st.fixed_dictionaries({"role": st.just(role), "content": content})


def block(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    return merged(st.just({"type": kind}), st.fixed_dictionaries(dict(fields)), MORE)


TEXT = block("text", text=TEXTS)
IMAGES = {
    "deskhand": block("image", data=DATA, mime_type=st.just("image/png")),
    "anthropic": block(
        "image",
        source=merged(st.fixed_dictionaries({"type": st.just("base64"), "media_type": NAMES, "data": DATA}), MORE),
    ),
    "mcp": block("image", data=DATA, mimeType=st.just("image/png")),
    "openai": block("image_url", image_url=merged(keyed("url", DATA.map("data:image/png;base64,{}".format)), MORE)),
}
OPAQUE = block("audio", data=DATA, mimeType=NAMES) | block("resource_link", uri=TEXTS, name=TEXTS)
"""Of kinds that nobody here reads, in any dialect."""
ELSEWHERE = {
    "anthropic": block("image", source=st.fixed_dictionaries({"type": st.just("url"), "url": TEXTS})),
    "openai": block("image_url", image_url=keyed("url", TEXTS.map("https://{}".format))),
}
THINKING = block("thinking", thinking=TEXTS, signature=TEXTS) | block("redacted_thinking", data=TEXTS)
_RESULT_KEYS = {
    "deskhand": ("call_id", "is_error"),
    "anthropic": ("tool_use_id", "is_error"),
    "mcp": ("toolUseId", "isError"),
}
METADATA = merged(
    st.fixed_dictionaries(
        {},
        optional={
            "timestamp": st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(
                "{:%Y-%m-%dT%H:%M:%S+00:00}".format
            ),
            "language": st.just("de"),
            "priority": st.sampled_from(["low", "high", "pinned"]),
            "name": TEXTS,
            "x-mine": OBJECTS,
        },
    )
)


@cache
def parts(dialect: str, most: int = 3) -> st.SearchStrategy[list[Raw]]:
    return st.lists(TEXT | IMAGES[dialect] | OPAQUE | ELSEWHERE.get(dialect, OPAQUE), max_size=most)


@cache
def contents(dialect: str) -> st.SearchStrategy[Any]:
    return TEXTS | parts(dialect) | (TEXT | OPAQUE | IMAGES[dialect])


@cache
def _maybe_contents(dialect: str) -> st.SearchStrategy[Raw]:
    return maybe("content", contents(dialect))


@cache
def _maybe_true(key: str) -> st.SearchStrategy[Raw]:
    return maybe(key, st.booleans())


_CALLS = {
    "deskhand": block("tool_call", name=NAMES, arguments=st.none() | OBJECTS),
    "elsewhere": block("tool_use", name=NAMES, input=OBJECTS),
}
_RESULTS = block("tool_result")
_TEXT_OR_PARTS = TEXTS | st.lists(TEXT, max_size=2)
_ARGUMENTS = OBJECTS.map(json.dumps) | TEXTS


@st.composite
def calling(draw: Callable[[st.SearchStrategy[Any]], Any], dialect: str, turn: int) -> list[Raw]:
    """An assistant message with calls, and what answers them."""
    ids = [f"call_{turn}_{index}" for index in range(draw(st.integers(1, 3)))]
    if dialect == "openai":
        return _openai_calling(draw, ids)
    said = draw(st.lists(TEXT, max_size=1))
    thought: list[Raw] = draw(st.lists(THINKING, max_size=2)) if dialect == "anthropic" else []
    key, error = _RESULT_KEYS[dialect]
    calls = [draw(_CALLS["deskhand" if dialect == "deskhand" else "elsewhere"]) | {"id": id} for id in ids]
    results: list[Raw] = []
    for id in ids:
        result = draw(_RESULTS) | {key: id}
        result |= draw(_maybe_true(error))
        results.append(result | draw(_maybe_contents(dialect)))
    after: list[Raw] = draw(parts(dialect, 2)) if dialect == "anthropic" else []
    role = "tool" if dialect == "deskhand" else "user"
    return [{"role": "assistant", "content": thought + said + calls}, {"role": role, "content": results + after}]


def _openai_calling(draw: Callable[[st.SearchStrategy[Any]], Any], ids: list[str]) -> list[Raw]:
    def called(id: str) -> Raw:
        arguments = draw(_ARGUMENTS)
        return {"id": id, "type": "function", "function": {"name": draw(NAMES), "arguments": arguments}} | draw(MORE)

    said: Raw = draw(maybe("content", st.none() | TEXTS))
    results = [{"role": "tool", "tool_call_id": id, "content": draw(_TEXT_OR_PARTS)} for id in ids]
    return [{"role": "assistant", **said, "tool_calls": [called(id) for id in ids]}, *results]


@st.composite
def dialogues(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Raw]:
    """Messages that a host could send: any dialect, and dialects mixed between the turns."""
    said: list[Raw] = draw(st.lists(message("system", TEXTS), max_size=1))
    for turn in range(draw(st.integers(1, 3))):
        dialect = draw(st.sampled_from(["deskhand", "anthropic", "mcp", "openai"]))
        said.append({"role": "user", "content": draw(contents(dialect))} | draw(MORE))
        if draw(st.booleans()):
            said += draw(calling(dialect, turn))
        said.append({"role": "assistant", "content": draw(_TEXT_OR_PARTS)})
    if draw(st.booleans()):
        said.append({"role": "developer", "content": draw(TEXTS)})
    for one in said:
        if draw(st.booleans()):
            one["metadata"] = draw(METADATA)
    return said


LARGE = "The annotation says a word more. " * 400


def objects_in(value: Any) -> list[Raw]:
    """Every object in what was sent, the outermost first."""
    found, left = list[Raw](), [value]
    while left:
        one = left.pop(0)
        if isinstance(one, dict):
            found.append(cast("Raw", one))
        left += found[-1].values() if isinstance(one, dict) else cast("list[Any]", one) if isinstance(one, list) else []
    return found


@st.composite
def laden(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Raw]:
    """Dialogues in which any object (message, block, source, function, arguments) may have something large beside."""
    raws = draw(dialogues())
    places = [one for raw in raws for key in raw for one in ([raw] if key == "role" else objects_in(raw[key]))]
    for place in draw(st.lists(st.sampled_from(places), max_size=4)):
        place["structuredContent"] = draw(st.sampled_from([LARGE, [LARGE], {"rows": [LARGE, 1]}]))
    return raws


def deep(levels: int) -> Any:
    """An object of so many levels."""
    value: Any = "x"
    for level in range(levels):
        value = [value] if level < levels - 1 else {"x": value}
    return value


_WORDS = st.sampled_from(
    ["text", "image", "tool_use", "tool_result", "tool_call", "image_url", "thinking", "audio", "base64", "user"]
)
_KEYS = st.sampled_from(
    ["type", "text", "content", "source", "data", "mimeType", "tool_use_id", "call_id", "input", "image_url", "url"]
)
_ODD_TEXTS = st.sampled_from(["\0", "\ud800", "{", '{"a": "\\ud800"}', "data:,", "long " * 2_000, "\x01" * 900])
_ANYTHING = st.recursive(
    PLAIN | _WORDS | _ODD_TEXTS | st.sampled_from([deep(63), deep(64), deep(300)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | TEXTS, inner, max_size=4),
    max_leaves=8,
)


def hostile() -> st.SearchStrategy[Raw]:
    """What no host should send: anything at all where a message, a block, a call or metadata is expected."""
    odd_block = st.dictionaries(_KEYS, _ANYTHING, max_size=4) | merged(keyed("type", _WORDS), maybe("text", _ANYTHING))
    odd_call = st.fixed_dictionaries(
        {"id": TEXTS | _ANYTHING, "function": st.fixed_dictionaries({"name": TEXTS, "arguments": TEXTS | _ODD_TEXTS})}
    )
    return merged(
        keyed("role", st.sampled_from(["system", "developer", "user", "assistant", "tool"]) | _ANYTHING),
        keyed("content", _ANYTHING | odd_block | st.lists(TEXT | odd_block, max_size=3)),
        st.fixed_dictionaries(
            {},
            optional={
                "tool_calls": _ANYTHING | st.lists(odd_call, max_size=2),
                "tool_call_id": _ANYTHING,
                "metadata": _ANYTHING | st.dictionaries(st.sampled_from(["timestamp", "priority"]), _ANYTHING),
                "x": _ANYTHING,
            },
        ),
    )
