"""All memories, to take along."""

import pytest

from deskhand.errors import LimitExceeded
from deskhand.store.database import Database
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.tests.talk import ANN, memory

pytestmark = pytest.mark.anyio


async def test_an_export_that_is_too_large_names_the_command_for_it() -> None:
    with Database(None) as database:
        backend = memory(database)
        await backend.save(ANN, Draft("The boat is called Albatross"))
        whole = await backend.exported(ANN, 5_000_000)
        assert "Albatross" in whole
        assert await backend.exported(ANN, len(whole)) == whole
        with pytest.raises(LimitExceeded, match="Run: deskhand memory export"):
            await backend.exported(ANN, len(whole) - 1)
