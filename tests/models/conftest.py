"""The tests of the adapters run once for each provider."""

from functools import partial

import pytest
from model_talk import TalkFactory, talking


@pytest.fixture(params=["openai", "anthropic"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def talk(provider: str) -> TalkFactory:
    return partial(talking, provider)


@pytest.fixture
def talk_openai() -> TalkFactory:
    return partial(talking, "openai")


@pytest.fixture
def talk_anthropic() -> TalkFactory:
    return partial(talking, "anthropic")
