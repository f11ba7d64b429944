"""Which conversation a server asks for: connections serve all of them, and the protocol does not say."""

from collections.abc import Iterable, Iterator

from deskhand.web.pieces import Calls, Card
from deskhand.web.room import Room
from deskhand.web.scene import Scene


def asking_conversation(rooms: Iterable[Room], server: str) -> str:
    """The one conversation that has a call running at this server; empty when there is none, or more than one."""
    asking = {room.id for room in rooms if any(card.server == server for card in running(room.scene))}
    return asking.pop() if len(asking) == 1 else ""


def running(scene: Scene) -> Iterator[Card]:
    """The calls that run now."""
    for calls in scene.turns[-1].pieces if scene.turns else ():
        if isinstance(calls, Calls):
            yield from (card for card in calls.pieces if card.state == "running")
