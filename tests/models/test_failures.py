"""Each provider's wording of a refusal is understood, and no key is ever shown."""

import json
from collections.abc import Mapping

import pytest

from deskhand.models.credentials import ApiKey, mask
from deskhand.models.failures import Peer, from_response, from_stream, retry_after
from deskhand.models.model import ContextOverflow, ModelFailed, Overloaded

PEER = Peer("llm.example", ApiKey("abcd-1234-secret", "MY_KEY"), "`curl …` lists")


def failure(status: int, body: object, headers: Mapping[str, str] | None = None) -> Exception:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return from_response(status, headers or {}, raw, PEER)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"message": "Too much.", "type": "invalid_request_error", "code": "context_length_exceeded"}}),
        (400, {"error": {"message": "Your input exceeds the context window of this model."}}),
        (400, {"error": {"code": 400, "message": "request (9 tokens) is big", "type": "exceed_context_size_error"}}),
        (500, {"error": {"code": 500, "message": "the request exceeds the available context size, try increasing it"}}),
        (400, {"object": "error", "message": "This model's maximum context length is 8 tokens.", "code": 400}),
        (400, {"error": {"message": "... However, the model's context length is only 8 tokens", "code": 400}}),
        (400, {"error": "prompt too long; exceeded max context length by 9 tokens"}),
        (400, {"error": "the input length exceeds the context length"}),
        (400, {"error": "The number of tokens to keep from the initial prompt is greater than the context length."}),
        (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}}),
        (400, {"type": "error", "error": {"message": "input length and `max_tokens` exceed context limit: 9 + 1 > 8"}}),
        (413, {"type": "error", "error": {"type": "request_too_large", "message": "Request exceeds the maximum size"}}),
        (400, [{"error": {"code": 400, "message": "The input exceeds the maximum number of tokens allowed (8)."}}]),
        (429, {"error": {"message": "Request too large for gpt on tokens per min (TPM): Limit 1, Requested 2"}}),
    ],
)
def test_every_wording_of_an_overflow_is_understood(status: int, body: object) -> None:
    assert isinstance(failure(status, body), ContextOverflow)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"error": {"message": "Rate limit reached", "type": "requests"}}, Overloaded),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Overloaded),
        (503, "<html>Service Unavailable</html>", Overloaded),
        (408, "", Overloaded),
        (400, {"error": {"message": "Unknown parameter"}}, ModelFailed),
        (422, {"detail": [{"msg": "field required"}]}, ModelFailed),
        (302, "", ModelFailed),
        (403, {"message": "forbidden"}, ModelFailed),
    ],
)
def test_other_refusals_are_retried_or_final(status: int, body: object, kind: type[Exception]) -> None:
    assert type(failure(status, body)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, Overloaded),
        ({"error": {"type": "rate_limit_error", "message": "x"}}, Overloaded),
        ({"error": {"message": "The server had an error", "type": "server_error"}}, Overloaded),
        ({"error": {"message": "x", "code": 502}}, Overloaded),
        ({"error": {"message": "x", "type": "exceed_context_size_error"}}, ContextOverflow),
        ({"error": {"message": "bad", "type": "invalid_request_error"}}, ModelFailed),
        ("plain text", ModelFailed),
    ],
)
def test_errors_inside_a_stream_are_told_by_their_own_codes(error: object, kind: type[Exception]) -> None:
    assert type(from_stream(error, PEER)) is kind


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_no_key_is_shown_in_any_refusal(status: int) -> None:
    said = f"{PEER.credentials.secrets()} sk-proj-abcdefgh Bearer zzzzzzzzzz abcd-1234-secret"
    message = str(failure(status, {"error": {"message": said}}))
    assert all(part not in message for part in ("abcd-1234", "abcdefgh", "zzzz"))


def test_masking_leaves_ordinary_words_alone() -> None:
    text = "Ask the task-force about key values; sk is short."
    assert mask(text, ["xyz"]) == text


def test_a_refused_key_is_named() -> None:
    assert "MY_KEY" in str(failure(401, {"error": "no"}))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
