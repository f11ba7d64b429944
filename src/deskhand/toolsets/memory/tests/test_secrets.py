"""What is taken for a secret, and what is not."""

import time

import pytest

from deskhand.toolsets.memory.secrets import secret_in
from deskhand.toolsets.memory.tests.secrets_spoken_of import SPOKEN_OF
from deskhand.toolsets.memory.tests.secrets_told import TOLD

_LENGTH = 40_000
"""Five times the greatest length of a memory."""


@pytest.mark.parametrize(("kind", "text"), TOLD, ids=[f"{number}-{told[0]}" for number, told in enumerate(TOLD)])
def test_a_secret_is_found_and_its_kind_is_named(kind: str, text: str) -> None:
    assert secret_in(text) == kind
    assert secret_in(f"Remember this, please:\n- {text}") == kind


@pytest.mark.parametrize("text", SPOKEN_OF)
def test_a_text_that_only_speaks_of_secrets_is_none(text: str) -> None:
    assert secret_in(text) is None


def test_all_that_is_no_secret_makes_no_secret_together() -> None:
    assert secret_in("\n\n".join(SPOKEN_OF)) is None


def test_the_corpus_is_large() -> None:
    assert len(TOLD) >= 80
    assert len(SPOKEN_OF) >= 120


@pytest.mark.parametrize(
    "part",
    [
        "password ",
        "password is ",
        "password for the ",
        "the key is ",
        "token ",
        "secret key ",
        "PIN ",
        "code ",
        "1 ",
        "4111 1111 ",
        "1",
        "a",
        "://a:",
        "://",
        "eyJ",
        "eyJaaaaaaaaa.",
        "sk-",
        "sk-ant-",
        "xoxb-",
        "bearer ",
        "\n",
        "\u200b",
        "DE89 ",
        "AB12CD34",
        "seed phrase is ",
        "otp: ",
        "パスワードは",
        "пароль ",
        "key=aB3",
        "=",
        "\n4",
        "-----BEGIN ",
        "é",
        "verification code for the ",
        "ghp_",
        "AIza",
        "SG.",
        "1:AA",
        "password is: ",
        "key token secret ",
        "ocean ",
        "4111\n",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    text = (part * (_LENGTH // len(part) + 1))[:_LENGTH]
    began = time.process_time()
    secret_in(text)
    assert time.process_time() - began < 0.4, "80 ms where nothing else runs; minutes, were it not linear"


def test_ordinary_text_of_100_000_characters_takes_50_ms() -> None:
    text = ("I met my sister in the park, and we talked about her new job in Lisbon. " * 1_500)[:100_000]
    times: list[float] = []
    for _ in range(3):
        began = time.process_time()
        assert secret_in(text) is None
        times.append(time.process_time() - began)
    assert min(times) < 0.1, "twice the goal: the tests share their machine"
