"""Times at which people can meet, the best first, each with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from deskhand.errors import InvalidInput
from deskhand.toolsets.calendar.backend import Busy
from deskhand.toolsets.calendar.zones import Zone

MOST_CANDIDATES = 20_000
_SHORTEST_STEP = timedelta(minutes=5)
_NIGHT = 720
_HOURS = (time(9), time(17))


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who should come. `busy` is None where nobody knows their calendar; `hours` are in their `zone`."""

    name: str
    zone: Zone
    busy: Sequence[Busy] | None = None
    required: bool = True
    hours: tuple[time, time] = _HOURS


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is looked for: `duration` from `start` until `end` (aware), at full `step`s of the clock in `zone`.

    `buffer` is kept free before and after other meetings of required people.
    """

    duration: timedelta
    start: datetime
    end: datetime
    zone: Zone
    step: timedelta = timedelta(minutes=15)
    buffer: timedelta = timedelta()
    weekends: bool = False
    most: int = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """A time to meet. `conflicts` says who is taken then, empty when all that are known are free."""

    start: datetime
    end: datetime
    reasons: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    cost: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Slots:
    """`slots` where every required person is free, else the `nearest` with who is not; whose calendar is unknown."""

    slots: tuple[Slot, ...]
    nearest: tuple[Slot, ...] = ()
    unknown: tuple[str, ...] = ()
    weekend: bool = False
    """Whether the window holds nothing but a weekend, so that the nearest are on it."""


def find_slots(wishes: Wishes, people: Sequence[Participant]) -> Slots:
    """The best times, not two of them at once; the earlier of equals first.

    Raises:
        InvalidInput: nothing can be looked for, or at too many times.
    """
    _check(wishes)
    unknown = tuple(person.name for person in people if person.busy is None)
    weighed = [_weighed(wishes, people, start) for start in _candidates(wishes)]
    if not weighed:
        weekend = [_weighed(wishes, people, start)[0] for start in _candidates(replace(wishes, weekends=True))]
        return Slots((), _best(weekend, min(wishes.most, 3)), unknown, weekend=bool(weekend))
    free = [slot for slot, blocked in weighed if not blocked]
    if free:
        return Slots(_best(free, wishes.most), unknown=unknown)
    return Slots((), _best([slot for slot, _ in weighed], min(wishes.most, 3)), unknown)


def _check(wishes: Wishes) -> None:
    if not timedelta() < wishes.duration <= timedelta(days=1):
        raise InvalidInput("The duration is from 1 minute to 24 hours.")
    if wishes.step < _SHORTEST_STEP:
        raise InvalidInput("The step between times to try is 5 minutes or more.")
    if wishes.end - wishes.start < wishes.duration:
        raise InvalidInput("The window is shorter than the meeting. Give a later end.")
    if (wishes.end - wishes.start) / wishes.step > MOST_CANDIDATES:
        raise InvalidInput(f"The window holds more than {MOST_CANDIDATES:,} times to try. Give an earlier end.")


def _candidates(wishes: Wishes) -> Iterator[datetime]:
    """The full steps of the clock, as instants: an hour the clocks skip has none."""
    local = wishes.start.astimezone(wishes.zone.tz)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    first = midnight.timestamp() + -(-(local.timestamp() - midnight.timestamp()) // wishes.step.total_seconds()) * (
        wishes.step.total_seconds()
    )
    last = (wishes.end - wishes.duration).timestamp()
    while first <= last:
        start = datetime.fromtimestamp(first, wishes.zone.tz)
        if wishes.weekends or start.weekday() < 5:
            yield start
        first += wishes.step.total_seconds()


def _weighed(wishes: Wishes, people: Sequence[Participant], start: datetime) -> tuple[Slot, bool]:
    """The slot with what speaks for and against it, and whether a required person cannot come."""
    end = datetime.fromtimestamp(start.timestamp() + wishes.duration.total_seconds(), wishes.zone.tz)
    reasons: list[str] = []
    conflicts: list[str] = []
    cost, blocked, close = 0, False, False
    missed = {person.name: minutes for person in people if (minutes := _outside(person, start, end))}
    for person in people:
        buffer = wishes.buffer if person.required else timedelta()
        firm, maybe, near = _taken(person, start, end, buffer)
        close = close or near
        if firm:
            conflicts.append(f"{person.name} is busy{_what(firm)}{'' if person.required else ' (optional)'}")
            cost += 1_000 if person.required else 60
            blocked = blocked or person.required
        elif maybe:
            reasons.append(f"{person.name} has something tentative{_what(maybe)}")
            cost += 30 if person.required else 15
    cost += 100 * len(missed) + sum(missed.values()) // 6 + (5 if close else 0)
    return Slot(
        start, end, (*_summary(people, conflicts, list(missed), close), *reasons), tuple(conflicts), cost
    ), blocked


def _summary(people: Sequence[Participant], conflicts: list[str], outside: list[str], close: bool) -> list[str]:
    known = [person for person in people if person.busy is not None]
    words: list[str] = []
    if known and not conflicts:
        words.append("all free" if len(known) == len(people) else "all free whose calendar is known")
    elif conflicts:
        words.append("; ".join(conflicts))
    within = "within everybody's working hours"
    words.append(f"outside the working hours of {', '.join(outside)}" if outside else within)
    if known:
        words.append("right next to another meeting" if close else "not next to other meetings")
    return words


def _taken(
    person: Participant, start: datetime, end: datetime, buffer: timedelta
) -> tuple[Busy | None, Busy | None, bool]:
    """What takes the person then, for sure and perhaps, and whether something else ends or begins just there."""
    firm: Busy | None = None
    maybe: Busy | None = None
    near = False
    for busy in person.busy or ():
        if busy.start < end + buffer and busy.end > start - buffer:
            firm, maybe = (firm, maybe or busy) if busy.tentative else (firm or busy, maybe)
        elif busy.start <= end + buffer and busy.end >= start - buffer:
            near = True
    return firm, maybe, near


def _outside(person: Participant, start: datetime, end: datetime) -> int:
    """By how many minutes it misses the person's working hours; on a weekend of theirs by a night more."""
    first = start.astimezone(person.zone.tz)
    opens, closes = (at.hour * 60 + at.minute for at in person.hours)
    begin = first.hour * 60 + first.minute
    missed = max(opens - begin, begin + round((end.timestamp() - start.timestamp()) / 60) - closes, 0)
    return missed + (_NIGHT if first.weekday() > 4 else 0)


def _what(busy: Busy) -> str:
    return f" with {busy.title!r}" if busy.title else ""


def _best(slots: list[Slot], most: int) -> tuple[Slot, ...]:
    """The cheapest that do not overlap, as instants: wall times come twice where the clocks go back."""
    chosen: list[Slot] = []
    for slot in sorted(slots, key=lambda each: (each.cost, each.start.timestamp())):
        if len(chosen) >= most:
            break
        first, last = slot.start.timestamp(), slot.end.timestamp()
        if all(last <= other.start.timestamp() or first >= other.end.timestamp() for other in chosen):
            chosen.append(slot)
    return tuple(chosen)
