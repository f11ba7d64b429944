"""What others write to a conversation is announced to those who follow it and may read it."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from deskhand.principal import Principal
from deskhand.retrieval.index import Index
from deskhand.store.database import Database
from deskhand.testing import RecordedChanges
from deskhand.toolsets.conversations import watching
from deskhand.toolsets.conversations.backend import ConversationsBackend
from deskhand.toolsets.conversations.tests.client import said
from deskhand.toolsets.conversations.watching import watch

pytestmark = pytest.mark.anyio
ANN = Principal("ann")


class Followed(RecordedChanges):
    """Ann and Bob follow everything."""

    def __init__(self) -> None:
        """Nothing has been announced, and nobody looked."""
        super().__init__()
        self.looks = 0

    def followers(self, uri: str) -> Collection[str]:
        """Count the look."""
        self.looks += 1
        return ("ann", "bob")

    async def looked(self, more: int) -> None:
        """Return after so many more looks have begun."""
        until = self.looks + more
        with anyio.fail_after(10):
            while self.looks < until:
                await anyio.lowlevel.checkpoint()


async def test_what_another_process_writes_is_announced_to_its_owner_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0)
    changes = Followed()
    with Database(tmp_path / "one.db") as here, Database(tmp_path / "one.db") as there:
        ours, theirs = (ConversationsBackend(each, Index(None), lambda: datetime.now(UTC)) for each in (here, there))
        name = (await ours.append(ANN, None, [said("user", "Hello")])).conversation
        uri = f"conversation://{name}"

        async def state(person: Principal) -> object:
            return await ours.documents.state(person, name)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch, uri, changes, state)
            await changes.looked(3)
            assert changes.updated == []
            await theirs.append(ANN, name, [said("assistant", "Hi")])
            await changes.looked(3)
            assert changes.updated == [(uri, "ann")]
            tasks.cancel_scope.cancel()
