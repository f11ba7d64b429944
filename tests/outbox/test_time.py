"""An attempt may only take so long."""

import pytest
from tests.outbox.world import Clock, Performing, World, act

from deskhand.errors import Unavailable
from deskhand.outbox import outbox as outbox_module
from deskhand.outbox.outbox import LEASE_SECONDS, PERFORM_SECONDS, Outbox
from deskhand.store.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "PERFORM_SECONDS", 0.05)


def test_an_attempt_ends_before_it_is_taken_for_dead() -> None:
    assert PERFORM_SECONDS < LEASE_SECONDS


async def test_an_attempt_that_takes_too_long_before_the_crossing_failed() -> None:
    with Database(None) as database:
        outbox = Outbox(database, Clock())
        entry = await outbox.propose("ann", act())
        with pytest.raises(Unavailable, match=r"Mail: Figures: this took too long\. Nothing was done; try again"):
            await outbox.perform("ann", entry.key, Performing(World(), "stalls before"))
        entry = await outbox.find("ann", entry.key)
        assert (entry.state, entry.error) == ("failed", "It took too long.")


async def test_an_attempt_that_takes_too_long_after_it_is_unknown() -> None:
    with Database(None) as database:
        outbox = Outbox(database, Clock())
        entry = await outbox.propose("ann", act())
        entry = await outbox.perform("ann", entry.key, Performing(World(), "stalls across"))
        assert (entry.state, entry.error) == ("unknown", "It took too long.")


async def test_what_is_sent_does_not_show_when_an_entry_is_printed() -> None:
    with Database(None) as database:
        entry = await Outbox(database, Clock()).propose("ann", act("quiet"))
        assert entry.content == b"quiet"
        assert "content" not in repr(entry)
