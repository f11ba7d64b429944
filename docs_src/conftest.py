"""Fixtures of the examples' tests."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the backend Deskhand runs on."""
    return "asyncio"
