"""What must not be shown: names that hold secrets, and texts with the secrets taken out."""

import re
from collections.abc import Iterable

from pydantic import JsonValue

MASK = "•••"
"""Stands where a secret was."""

SHOWN_CHARACTERS = 2_000
"""A longer string is cut when a message is shown; its real size is said beside."""

_SECRET_NAME = re.compile(
    r"authorization|password|passwd|passphrase|secret|api[-_]?key|access[-_]?key|private[-_]?key|cookie|credential"
    r"|(?<!progress)(?<!progress[-_])token$|code[-_]?verifier",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_STATE_CHARACTERS = 24


def is_secret_name(name: str) -> bool:
    """Whether a header, variable, option or JSON key of this name holds a secret (`progressToken` does not)."""
    return _SECRET_NAME.search(name) is not None


def masked(value: JsonValue, secrets: Iterable[str] = ()) -> JsonValue:
    """A copy fit to be shown: values under secret names, bearer tokens and the given secrets masked, long text cut.

    `requestState` is opaque and may carry anything (MCP 2026-07-28): only its beginning is kept.
    """
    known = tuple(secrets)
    if isinstance(value, dict):
        return {key: _member(key, item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, known) for item in value]
    return _text(value, known) if isinstance(value, str) else value


def _member(key: str, value: JsonValue, secrets: tuple[str, ...]) -> JsonValue:
    if is_secret_name(key) and isinstance(value, str | int | float) and not isinstance(value, bool):
        return MASK
    if key == "requestState" and isinstance(value, str):
        return _cut(value, _STATE_CHARACTERS)
    return masked(value, secrets)


def _text(text: str, secrets: tuple[str, ...]) -> str:
    shown = text[: 2 * SHOWN_CHARACTERS]  # masking first would walk all of a huge text
    for secret in secrets:
        shown = shown.replace(secret, MASK)
    shown = _SECRET_TEXT.sub(rf"\1 {MASK}", shown)[:SHOWN_CHARACTERS]
    return shown if len(text) <= SHOWN_CHARACTERS else f"{shown}… ({len(text) - SHOWN_CHARACTERS} more characters)"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"
