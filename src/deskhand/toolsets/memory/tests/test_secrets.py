"""What is taken for a secret, and what is not."""

import time

import pytest

from deskhand.toolsets.memory.secrets import secret_in
from deskhand.toolsets.memory.tests.secrets_spoken_of import SPOKEN_OF
from deskhand.toolsets.memory.tests.secrets_told import TOLD

_PAUSE = 0.05
"""Seconds that 100,000 characters may take."""


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
    text = (part * (100_000 // len(part) + 1))[:100_000]
    began = time.process_time()
    secret_in(text)
    assert time.process_time() - began < 4 * _PAUSE, "four times the goal: tests share their machine"
