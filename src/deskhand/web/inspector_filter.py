"""Which frames are looked at: what the query of an address of the inspector says."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from deskhand.errors import InvalidInput
from deskhand.host.wire_pairs import Recorded

LONGEST_WORDS = 200
"""Characters of a filter that count."""
DIRECTIONS = ("sent", "received")
KINDS = ("request", "response", "error", "notification")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a frame must be to be shown; an empty field asks nothing."""

    server: str = ""
    direction: str = ""
    kind: str = ""
    method: str = ""
    """How the method begins, such as `tools/`."""
    text: str = ""
    """What the message holds, in any case."""
    until: int | None = None
    """The number of the last frame; None follows what comes."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filter":
        """The filter of an address.

        Raises:
            InvalidInput: a direction, kind or number that there is not.
        """
        until = query.get("until", "")
        if until and not (until.isascii() and until.isdecimal() and len(until) <= 15):
            raise InvalidInput(f"“until” is the number of a frame, not {until[:40]!r}.")
        return cls(
            server=query.get("server", "")[:LONGEST_WORDS],
            direction=_one_of("direction", query.get("direction", ""), DIRECTIONS),
            kind=_one_of("kind", query.get("kind", ""), KINDS),
            method=query.get("method", "").strip()[:LONGEST_WORDS],
            text=query.get("text", "").strip()[:LONGEST_WORDS],
            until=int(until) if until else None,
        )

    def query(self, until: int | None = None) -> str:
        """The address's query that says the same, from `?` on, up to another frame; empty for all frames."""
        fields = {name: getattr(self, name) for name in ("server", "direction", "kind", "method", "text")}
        said = {name: value for name, value in fields.items() if value}
        if until is not None:
            said["until"] = str(until)
        return f"?{urlencode(said)}" if said else ""

    def matches(self, record: Recorded) -> bool:
        """Whether it is shown. `until` is not asked: it bounds a list, it does not choose."""
        frame = record.frame
        return (
            (not self.server or frame.server == self.server)
            and (not self.direction or frame.direction == self.direction)
            and (not self.kind or frame.kind == self.kind)
            and frame.method.startswith(self.method)
            and (not self.text or self.text.casefold() in record.text)
        )


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value and value not in choices:
        raise InvalidInput(f"There is no {name} {value[:40]!r}. There are: {', '.join(choices)}.")
    return value
