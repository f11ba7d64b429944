"""Announcing what others wrote to a conversation: another server of the same database, a chat, the command line."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from deskhand.errors import DeskhandError
from deskhand.principal import Principal
from deskhand.services import Changes

logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0


async def watch(uri: str, changes: Changes, state: Callable[[Principal], Awaitable[object]]) -> None:
    """Announce, to those who follow `uri` and may read it, when its state differs from the last look; until cancelled.

    An outage of the database is no news, and neither is a conversation that a follower does not have.
    """
    seen: dict[str, object] = {}
    while True:
        followers = changes.followers(uri)
        seen = {subject: known for subject, known in seen.items() if subject in followers}
        for subject in followers:
            try:
                now = await state(Principal(subject))
            except DeskhandError as error:
                logger.debug("%s cannot be looked at: %s", uri, error.message)
                continue
            if seen.setdefault(subject, now) != now:
                seen[subject] = now
                changes.resource_updated(uri, subject=subject)
        await anyio.sleep(LOOK_SECONDS)
