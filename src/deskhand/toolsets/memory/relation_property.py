"""Rules about what has one value at a time: another value contradicts the first."""

from dataclasses import dataclass

from deskhand.toolsets.memory.relation_lexicon import Kind
from deskhand.toolsets.memory.relation_pair import Pair
from deskhand.toolsets.memory.relation_statement import Item, Statement

_LONGEST_VALUE = 6
"""Items of content; more than that is no value but a story, in which the property is only mentioned."""

_MEASURES: tuple[Kind, ...] = ("number", "time")
_MANY = frozenset(
    {"son", "daughter", "child", "children", "sister", "brother", "younger_sister", "younger_brother", "sibling"}
    | {"friend", "cousin", "niece", "nephew", "aunt", "uncle", "colleague", "neighbour", "dog", "cat"}
    | {"grandmother", "grandfather"}
)
"""Of these a person may have several, so that two names are no contradiction."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a property belongs to, and its value."""

    topic: frozenset[str]
    value: tuple[Item, ...]


def other_value(both: Pair) -> bool:
    """Another value of the same single-valued property of the same topic."""
    at_old, at_new = both.old.property_index(), both.new.property_index()
    if at_old < 0 or at_new < 0 or both.old.items[at_old].key != both.new.items[at_new].key or both.new.adds:
        return False
    if both.old.negated or (both.new.negated and not both.new.changed):
        return False
    before, after = _frame(both.old, at_old), _frame(both.new, at_new)
    if not _same_topic(both, before, after) or not before.value or not after.value:
        return False
    if both.old.items[at_old].key == "name" and before.topic & _MANY and not both.new.changed:
        return False
    return _values_exclude(before, after, both.new.changed)


def _frame(text: Statement, at: int) -> _Frame:
    """Cut a statement at its property.

    "TOPIC's property is VALUE": at the copula after it. "TOPIC predicate VALUE": at the predicate. "VALUE is TOPIC's
    property" and "TOPIC is VALUE predicate" (34 years old): at the copula before it, by whether a noun or a verb.
    """
    items = text.items
    later = next((place for place in text.breaks if at < place < len(items)), -1)
    earlier = next((place for place in text.breaks if place <= at), 0)
    if later >= 0:
        return _cut(items, at, later)
    if items[at].kind == "property" and earlier > 0:
        return _Frame(_topic(items[earlier:at] + items[at + 1 :]), items[:earlier])
    if at + 1 < len(items):
        return _cut(items, at, at)
    return _Frame(_topic(items[:earlier]), items[earlier:at])


def _cut(items: tuple[Item, ...], at: int, place: int) -> _Frame:
    return _Frame(_topic(items[:at] + items[at + 1 : place]), items[max(at + 1, place) :])


def _topic(items: tuple[Item, ...]) -> frozenset[str]:
    return frozenset(item.key for item in items if item.kind != "time")


def _same_topic(both: Pair, before: _Frame, after: _Frame) -> bool:
    said_before = {item.key for item in before.value} if both.new.changed else set[str]()
    if before.topic == after.topic - said_before:
        return True
    leaves_out = both.same_subject and both.old.user_at < 0 and both.new.user_at < 0 and not both.has("person")
    return leaves_out and (before.topic <= after.topic or after.topic <= before.topic)


def _values_exclude(before: _Frame, after: _Frame, changed: bool) -> bool:
    """Neither value only adds detail to the other, and both are measures or neither is."""
    old, new = ({item.key for item in frame.value} for frame in (before, after))
    if _measured(before) != _measured(after) or max(len(before.value), len(after.value)) > _LONGEST_VALUE:
        return False
    return old != new and not new < old and (changed or not old < new)


def _measured(frame: _Frame) -> bool:
    return all(item.kind in _MEASURES for item in frame.value)


def other_state(both: Pair) -> bool:
    """Another state of the same group, such as married and divorced, and nothing else that sets the two apart."""
    before, after = _states(both.only_old), _states(both.only_new)
    groups = before.keys() & after.keys()
    if not groups or both.old.negated != both.new.negated or both.has("several") or both.has("episode"):
        return False
    if any(group in _states(both.common()) for group in groups):
        return False
    plain_old = tuple(item for item in both.only_old if item.kind != "state")
    plain_new = tuple(item for item in both.only_new if item.kind != "state")
    if (plain_old and plain_new) or _attributive(both.old) or _attributive(both.new):
        return False
    return not both.persons_differ() and not _subjects(both.old, plain_old) and not _subjects(both.new, plain_new)


def _attributive(text: Statement) -> bool:
    """A state in front tells which thing is meant, not how it is: "the red folder holds invoices"."""
    if len(text.items) < 2 or 0 in text.breaks:
        return False
    return text.items[0].kind == "state" and text.items[1].kind in ("word", "event", "property")


def _states(items: tuple[Item, ...] | list[Item]) -> dict[str, str]:
    return {item.key.partition("=")[0]: item.key for item in items if item.kind == "state"}


def _subjects(text: Statement, left: tuple[Item, ...]) -> list[Item]:
    """Things of one side only that stand before its state: its subject."""
    state = next(index for index, item in enumerate(text.items) if item.kind == "state")
    return [item for item in text.items[:state] if item in left and item.kind not in ("time", "predicate")]


def other_name(both: Pair) -> bool:
    """The same topic before a copula, and after it only names, none of them the same."""
    if not both.old.breaks or not both.new.breaks or both.old.negated != both.new.negated or both.has("several"):
        return False
    old, new = both.old.items, both.new.items
    at_old, at_new = both.old.breaks[0], both.new.breaks[0]
    topic = _topic(old[:at_old])
    if not topic or topic != _topic(new[:at_new]) or both.new.adds:
        return False
    values = (*old[at_old:], *new[at_new:])
    return bool(both.only_old and both.only_new) and all(item.kind == "name" for item in values)
