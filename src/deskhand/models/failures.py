"""What a provider's refusals mean, in the terms of the Model protocol. Every text that leaves here is masked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx2

from deskhand.errors import DeskhandError
from deskhand.models.credentials import Credentials, mask
from deskhand.models.model import ContextOverflow, ModelFailed, Overloaded, StreamCut

_OVERFLOW = re.compile(
    "|".join(
        (
            r"context_length_exceeded",  # OpenAI, the code
            r"maximum context length",  # OpenAI, vLLM, OpenRouter, Mistral
            r"context length is only",  # vLLM since 0.10
            r"exceed_context_size",  # llama.cpp, the type
            r"exceeds? the available context size",  # llama.cpp
            # OpenAI's newer wording, Ollama, and Anthropic when max_tokens is what does not fit
            r"exceed(?:s|ed)? (?:the )?(?:model's )?(?:max(?:imum)? )?context (?:length|window|size|limit)",
            r"greater than the context length",  # LM Studio
            r"when context the overflows",  # LM Studio
            r"prompt is too long",  # Anthropic
            r"request_too_large",  # Anthropic, 413
            r"exceeds the maximum number of tokens allowed",  # Gemini
            r"Request too large for",  # OpenAI and Groq: more than a minute's tokens at once
        )
    ),
    re.IGNORECASE,
)
_BUSY = re.compile(r"overloaded|rate_limit|api_error|server_error|timeout_error|unavailable|internal", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|billing|credit balance", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who answered, for messages: the address, the credentials, and how to see its models."""

    address: str
    credentials: Credentials
    models_hint: str

    def mask(self, text: str) -> str:
        """`text` without this peer's secrets."""
        return mask(text, self.credentials.secrets())


def from_response(status: int, headers: Mapping[str, str], body: bytes, peer: Peer) -> DeskhandError:
    """The error for an HTTP answer that is not a success."""
    said, kind = _explanation(_json(body) or body.decode("utf-8", "replace"))
    return _classify(status, f"{kind} {said}", peer.mask(said), peer, retry_after(headers))


def from_stream(error: object, peer: Peer) -> DeskhandError:
    """The error for an error object that arrived inside a stream; its own code stands for the HTTP status."""
    said, kind = _explanation(error)
    status = next((int(word) for word in kind.split() if re.fullmatch(r"[45]\d\d", word)), 0)
    if not status and _BUSY.search(kind):
        status = 503
    return _classify(status, f"{kind} {said}", peer.mask(said), peer, None)


def from_transport(error: httpx2.HTTPError, peer: Peer, *, streaming: bool) -> DeskhandError:
    """The error for a connection that failed; once the answer is streaming, it was cut."""
    said = peer.mask(str(error)) or type(error).__name__
    if streaming:
        what = "sent nothing for too long" if isinstance(error, httpx2.ReadTimeout) else f"broke off: {said}"
        return StreamCut(f"The answer of {peer.address} was cut: it {what}. Ask again.")
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return ModelFailed(f"The request to {peer.address} cannot be sent: {said}. Check model.base_url and the key.")
    return Overloaded(f"{peer.address} does not answer: {said}. Is it running? The address is model.base_url.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `Retry-After` as a number or a date (RFC 9110 section 10.2.3), or `retry-after-ms` (OpenAI)."""
    if milliseconds := _number(headers.get("retry-after-ms")):
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _number(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", value):
        return None
    return float(value)


def _classify(status: int, evidence: str, said: str, peer: Peer, wait: float | None) -> DeskhandError:
    answer = f"{peer.address} answered {status or 'with an error'}: {said}"
    if _OVERFLOW.search(evidence) or status == 413:
        return ContextOverflow(f"The conversation does not fit into the model's context window. {answer}")
    if status in (401, 403):
        return ModelFailed(f"{peer.address} refused the key from {peer.credentials.source} ({status}): {said}")
    if status == 404:
        return ModelFailed(f"{answer}. Is the model's name right? {peer.models_hint}")
    if status == 429 and _QUOTA.search(evidence):
        return ModelFailed(f"{answer}. The account has no credit left; retrying does not help.")
    if status in (408, 429) or status >= 500:
        return Overloaded(answer, retry_after=wait)
    return ModelFailed(answer)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _short(value: object) -> str:
    return " ".join(str(value).split())[:500]


def _explanation(error: object) -> tuple[str, str]:
    """What the provider says, and its type and code words, from any of the shapes in the field."""
    if isinstance(error, list) and error:
        return _explanation(cast("list[object]", error)[0])
    if not isinstance(error, dict):
        return _short(cast("object", error)) or "no explanation", ""
    fields = cast("dict[str, Any]", error)
    inner = fields.get("error")
    if inner:
        return _explanation(inner)
    said = fields.get("message") or fields.get("detail") or fields
    kind = " ".join(str(fields[key]) for key in ("type", "code", "status") if fields.get(key))
    return _short(said), kind
