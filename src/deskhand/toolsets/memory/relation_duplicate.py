"""When two statements say the same: nothing is left over but what a text may put in another way or leave out.

`restated` first asks for agreement in what never may differ: denial, what is over, plan and wish and doubt, tense,
numbers bound to their things, who is who, and where from. Only then may these be left over:

- `_implied`: an unsaid verb ("a restorer at the museum" works there), "drinks" beside "likes".
- `_interchangeable`: one word on each side out of one group of `relation_words`, such as "married" and "wife".
- `_requests`: how a wish is put to the assistant: "please use", "wants", "prefers".
"""

from collections.abc import Iterable

from deskhand.toolsets.memory.relation_lexicon import lexicon
from deskhand.toolsets.memory.relation_pair import Pair
from deskhand.toolsets.memory.relation_roles import other_roles
from deskhand.toolsets.memory.relation_statement import Item, Statement

_IMPLIED = frozenset({"name", "work", "job", "price", "age", "kept", "vehicle", "runs"})
"""Verbs that a text may leave out: "a restorer at the museum" works there."""

_IMPLIED_ALONE = frozenset({"job"})
"""Those of them that may be missing even if only one thing is shared: "works as a cook" and "is a cook"."""

_COMPARISONS = frozenset({"prefer", "like"})
"""To like one thing more than another is to prefer it."""

_IMPLIED_BY_LIKING = frozenset({"eat", "drink"})
"""Who likes coffee drinks it."""

_REQUESTS = frozenset({"want", "prefer", "use", "reply", "like"})
"""Verbs by which a text asks the assistant for something."""

_MUTUAL = frozenset(
    {"husband", "wife", "partner", "spouse", "girlfriend", "boyfriend", "fiance", "friend", "cousin", "neighbour"}
    | {"colleague", "roommate", "sister", "brother", "sibling"}
)
"""Who is this to another has the other as the same, or as its counterpart."""


def restated(both: Pair) -> bool:
    """Both statements say the same, in whatever words and order."""
    if not both.shared or not _agree(both.old, both.new, _asks(both)):
        return False
    left = (*both.only_old, *both.only_new)
    if left and not any(excuse(both, left) for excuse in (_implied, _interchangeable, _requests)):
        return False
    old, new = both.old, both.new
    if _sides_swapped(both) or (old.denied != new.denied and {old.denied, new.denied} <= both.shared):
        return False
    return not other_roles(old, new) and _bound_numbers(old) == _bound_numbers(new)


def _agree(old: Statement, new: Statement, asks: bool) -> bool:
    """Neither denies, ends, plans, doubts or prefers what the other does not; nothing comes from elsewhere."""
    if old.negated != new.negated or old.ended != new.ended or old.lesser != new.lesser:
        return False
    if (old.modality ^ new.modality) - (frozenset({"wished"}) if asks else frozenset()):
        return False
    if not asks and any(one.asks and not other.asks and other.user_at >= 0 for one, other in ((old, new), (new, old))):
        return False
    return old.sources == new.sources


def _asks(both: Pair) -> bool:
    """Whether both ask the assistant for something, at least one of them in so many words."""
    sides = (both.old, both.new)
    wishes = [side.asks or "wished" in side.modality or bool(side.keys() & {"want", "prefer"}) for side in sides]
    return all(wishes) and any(side.asks for side in sides)


def _implied(both: Pair, left: tuple[Item, ...]) -> bool:
    """What a text may leave unsaid: that who likes coffee drinks it, or a verb of `_IMPLIED`."""
    keys = {item.key for item in left}
    if keys <= _IMPLIED_ALONE and any(item.kind != "time" for item in both.common()):
        return True
    if len(both.shared) < 2 and not any(item.kind == "state" for item in both.common()):
        return False
    if both.old.lesser and keys <= _COMPARISONS:
        return True
    if "like" in both.shared and keys <= _IMPLIED_BY_LIKING:
        return True
    return keys <= _IMPLIED


def _interchangeable(both: Pair, left: tuple[Item, ...]) -> bool:
    """One word on each side, of one group but not of one kind, about the same name or at least two same things."""
    if len(both.only_old) != 1 or len(both.only_new) != 1 or "person" == left[0].kind == left[1].kind:
        return False
    groups = lexicon(both.new.language).groups
    old, new = (groups.get(item.key, frozenset[str]()) for item in left)
    return bool(old & new) and (len(both.shared) >= 2 or _names(both) or "job" in old & new)


def _names(both: Pair) -> bool:
    """Whether a name is shared; what only begins a sentence looks like one on the other side."""
    return any(item.kind == "name" and item.key in both.shared for item in (*both.old.items, *both.new.items))


def _requests(both: Pair, left: tuple[Item, ...]) -> bool:
    """Only the verbs of asking differ."""
    return _asks(both) and all(item.key in _REQUESTS for item in left)


def _sides_swapped(both: Pair) -> bool:
    """The user lends to someone, or is their boss, in one text, and the other way round in the other."""
    if _moved_across_the_user(both):
        return True
    if (0 in both.old.breaks) == (0 in both.new.breaks) or not _names(both):
        return False
    related: Iterable[Item] = (item for item in both.common() if item.key not in _MUTUAL)
    return any(item.kind == "person" or item.key == "manager" for item in related)


def _moved_across_the_user(both: Pair) -> bool:
    """A name stands before the user in one text and after in the other, with something done between the two."""
    if min(both.old.user_at, both.new.user_at) < 0:
        return False
    related = both.old.breaks or both.new.breaks
    if related and any(item.key in _MUTUAL for item in both.common()):
        return False
    if any(item.kind == "state" for item in both.common()):
        return False
    names = {
        item.key
        for item in (*both.old.items, *both.new.items)
        if item.kind == "name" or (item.kind == "person" and not related)
    } & both.shared
    return any({_place(both.old, name), _place(both.new, name)} == {"before", "after"} for name in names)


def _place(text: Statement, name: str) -> str:
    """Where a name stands: before or after the user and what is done, or beside the user."""
    at = [item.key for item in text.items].index(name)
    if at < text.user_at - 1:
        return "before"
    return "after" if at > text.user_at else "beside"


def _bound_numbers(text: Statement) -> list[tuple[str, str]]:
    """Each number with the month or the thing that it counts, when there are several to be mixed up."""
    bound: list[tuple[str, str]] = []
    for index, item in enumerate(text.items):
        if item.kind == "number":
            near = [text.items[at] for at in (index + 1, index - 1) if 0 <= at < len(text.items)]
            times = [other.key for other in near if other.kind == "time"]
            bound.append((item.key, times[0] if times else near[0].key if near else ""))
    return sorted(bound) if len(bound) > 1 else []
