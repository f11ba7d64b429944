"""Who follows the profile hears what other processes do to it, and what time does."""

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from deskhand.principal import LOCAL, Principal
from deskhand.store.database import Database
from deskhand.testing import read
from deskhand.toolsets.memory.draft import Draft
from deskhand.toolsets.memory.tests.client import memory_client
from deskhand.toolsets.memory.tests.talk import NOW, memory
from deskhand.toolsets.memory.watching import Reading, Watching

pytestmark = pytest.mark.anyio


class Followers:
    """Who follows, and what they heard."""

    def __init__(self, *subjects: str) -> None:
        self.subjects = subjects
        self.heard: list[str | None] = []
        self.news = anyio.Event()

    def followers(self, uri: str) -> tuple[str, ...]:
        return self.subjects

    def resource_updated(self, uri: str, *, subject: str | None = None) -> None:
        self.heard.append(subject)
        self.news.set()

    def resource_list_changed(self, *, subject: str | None = None) -> None: ...


@pytest.mark.parametrize("uri", ["memory://profile", "memory://recent"])
async def test_what_another_process_saves_reaches_who_follows(uri: str, tmp_path: Path) -> None:
    async with memory_client(tmp_path) as (client, _), client.listen(resource_subscriptions=[uri]) as events:
        with Database(tmp_path / "deskhand.db") as database:
            other = memory(database)
            async with anyio.create_task_group() as tasks:

                async def save() -> None:
                    for number in range(10_000):  # what was there before the first look is no change
                        await other.save(LOCAL, Draft(f"I like {number} sorts of tea", "preference"))

                tasks.start_soon(save)
                with anyio.fail_after(10):
                    async for _ in events:
                        break
                tasks.cancel_scope.cancel()
        assert "sorts of tea" in await read(client, uri)


async def test_only_the_person_whose_profile_differs_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskhand.toolsets.memory.watching.LOOK_SECONDS", 0)
    changes = Followers("ann", "bob")
    looked = {"ann": anyio.Event(), "bob": anyio.Event()}
    with Database(None) as database:
        backend = memory(database)

        async def reading(person: Principal) -> Reading:
            looked[person.subject].set()
            return Reading(await backend.profile(person))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Watching("memory://profile", backend, changes, lambda: NOW).run, reading)
            with anyio.fail_after(5):
                await looked["ann"].wait()
                await looked["bob"].wait()
                await backend.save(Principal("bob"), Draft("The dentist is in Main Street"))
                await backend.save(Principal("ann"), Draft("I like tea", "preference"))
                await changes.news.wait()
            tasks.cancel_scope.cancel()
    assert changes.heard == ["ann"]


async def test_what_ends_by_itself_is_announced_when_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskhand.toolsets.memory.watching.LOOK_SECONDS", 0)
    changes, looked = Followers("ann"), anyio.Event()
    now = NOW
    with Database(None) as database:
        ann = Principal("ann")
        await memory(database).save(ann, Draft("I drink no coffee", "preference", expires_at="2026-03-03T09:00Z"))

        async def reading(person: Principal) -> Reading:
            backend = memory(database, now)
            looked.set()
            return Reading(await backend.profile(person), await backend.profile_until(person))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Watching("memory://profile", memory(database), changes, lambda: now).run, reading)
            with anyio.fail_after(5):
                await looked.wait()
                now = NOW + timedelta(days=1)
                await changes.news.wait()
            tasks.cancel_scope.cancel()
        assert "coffee" not in await memory(database, now).profile(ann)
