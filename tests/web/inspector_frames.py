"""Frames for tests of the inspector."""

from tests.web.place import Place

from deskhand.host.events import Frame
from deskhand.host.wiretap import Wiretap


def frame(method: str = "tools/call", kind: str = "request", **fields: object) -> Frame:
    """A frame as a peer could make it."""
    usual = {"server": "s", "transport": "stdio", "direction": "sent", "kind": kind, "method": method, "size": 100}
    return Frame.model_validate({**usual, "message": {"method": method}, **fields})


async def quiet_tap(place: Place) -> Wiretap:
    """An empty tap that the owner's pages show and no connection writes to."""
    desk = await place.desk()
    desk.tap = Wiretap()
    return desk.tap
