"""What a new memory is to an old one: the same again, its replacement, a contradiction, or something else.

No model decides this, but a list of named rules over two `Statement`s (see `relation_statement`): what both say, and
what only one of them says. The first rule that speaks wins:

1. `restated`: nothing is left on either side, and nobody changed places. A duplicate.
2. `preference_reversed`: the same two things, the other one preferred.
3. `denied`: one side denies what the other says. "Never drinks" contradicts "drinks on Sundays"; "cannot swim in
   cold water" does not contradict "can swim".
4. `other_state`: values of one group that exclude one another, such as approved and rejected, of the same subject.
5. `other_value`: another value of a property of which a subject has one at a time, such as an address.
6. `other_quantity`: the same words with another number or time, unless it is something that happens again and again.
7. `other_name`: "the capital is A", "the capital is B".
8. `replaced`: the new text says that something changed, and is about the same thing.

Rules 2 to 8 find a contradiction; when the new text itself says that things changed, it supersedes the old one.
Which words mean what is data: `relation_words/*.toml`. Doubt always ends in "separate", because a wrong duplicate
loses what the user said, and a wrong contradiction costs trust.
"""

from itertools import pairwise
from typing import Literal

from deskhand.toolsets.memory.relation_lexicon import normalised
from deskhand.toolsets.memory.relation_pair import Pair, pair
from deskhand.toolsets.memory.relation_property import other_name, other_state, other_value
from deskhand.toolsets.memory.relation_statement import Item, Statement, language_of, statement

Relation = Literal["duplicate", "supersedes", "conflict", "separate"]

LONGEST_CHARACTERS = 2_400
"""About 400 words. A longer text is a document, not a statement: only its exact copy is related to it."""

ALIKE = 0.9
"""Cosine of sentence vectors from which up to two differing plain words on each side are taken for synonyms."""

_IMPLIED = frozenset({"name", "work", "job", "price", "age", "kept", "vehicle"})
"""Verbs that a text may leave out: "a restorer at the museum" works there."""

_COMPARISONS = frozenset({"prefer", "like"})
"""To like one thing more than another is to prefer it."""

_IMPLIED_BY_LIKING = frozenset({"eat", "drink"})
"""Who likes coffee drinks it."""


def relation(old: str, new: str, *, similarity: float | None, same_subject: bool = False) -> Relation:
    """What `new` is to `old`, both about the same user.

    Args:
        old: the memory that is kept.
        new: the memory about to be saved.
        similarity: cosine of the sentence vectors of the two, None without an embedder or in a language it lacks.
        same_subject: both were saved under the same explicit subject.
    """
    if _plain(old) == _plain(new):
        return "duplicate"
    if max(len(old), len(new)) > LONGEST_CHARACTERS:
        return "separate"
    language = language_of(old + "\n" + new)
    both = pair(statement(old, language), statement(new, language), similarity, same_subject)
    if restated(both):
        return "duplicate"
    if any(rule(both) for rule in _CONTRADICTIONS):
        return "supersedes" if both.new.changed else "conflict"
    return "separate"


def _plain(text: str) -> str:
    return normalised(text).casefold().rstrip(".!。 ")


def restated(both: Pair) -> bool:
    """Nothing is left on either side but an implied verb, and numbers, names and denials are where they were."""
    old, new = both.old, both.new
    if not both.shared or old.negated != new.negated or old.lesser != new.lesser:
        return False
    left = (*both.only_old, *both.only_new)
    if left and not _omissible(both, left) and not _synonyms(both):
        return False
    if [item.key for item in old.items] == [item.key for item in new.items]:
        return True
    return old.denied == new.denied and _bound_numbers(old) == _bound_numbers(new) and not _roles_swapped(old, new)


def _omissible(both: Pair, left: tuple[Item, ...]) -> bool:
    """What a text may leave unsaid: that who likes coffee drinks it, or a verb of `_IMPLIED`."""
    if len(both.shared) < 2 and not any(item.kind == "state" for item in both.common()):
        return False
    if both.old.lesser and all(item.key in _COMPARISONS for item in left):
        return True
    if "like" in both.shared and all(item.key in _IMPLIED_BY_LIKING for item in left):
        return True
    return all(item.kind in ("property", "predicate") and item.key in _IMPLIED for item in left)


def _synonyms(both: Pair) -> bool:
    """Plain words on both sides, in English texts that an embedder finds all but equal.

    Of other languages the local model knows so little that all texts look alike to it.
    """
    if both.new.language != "en" or both.similarity is None or both.similarity < ALIKE or len(both.shared) < 2:
        return False
    sides = (both.only_old, both.only_new)
    return all(1 <= len(side) <= 2 and all(item.kind == "word" for item in side) for side in sides)


def _bound_numbers(text: Statement) -> list[tuple[str, str]]:
    """Each number with the month or the thing that it counts, when there are several to be mixed up."""
    bound: list[tuple[str, str]] = []
    for index, item in enumerate(text.items):
        if item.kind == "number":
            near = [text.items[at] for at in (index + 1, index - 1) if 0 <= at < len(text.items)]
            times = [other.key for other in near if other.kind == "time"]
            bound.append((item.key, times[0] if times else near[0].key if near else ""))
    return sorted(bound) if len(bound) > 1 else []


def _roles_swapped(old: Statement, new: Statement) -> bool:
    """Two names or persons that follow one another stand the other way round, with something said between them."""
    said, again = ([item for item in text.items if item.key not in _IMPLIED] for text in (old, new))
    actors = {item.key for item in (*said, *again) if item.kind in ("name", "person")}
    before = [(index, item.key) for index, item in enumerate(said) if item.key in actors]
    after = {item.key: index for index, item in enumerate(again)}
    for (at, one), (then, other) in pairwise(before):
        if one in after and other in after and after[other] < after[one]:
            apart = max(then - at, after[one] - after[other]) > 1
            if apart:
                return True
    return False


def preference_reversed(both: Pair) -> bool:
    """The same content, but what was the lesser is now preferred."""
    left = (*both.only_old, *both.only_new)
    return bool(both.old.lesser and both.new.lesser) and both.old.lesser != both.new.lesser and not left


def denied(both: Pair) -> bool:
    """One side denies what the other says, at least as generally."""
    if both.old.negated == both.new.negated or not both.shared:
        return False
    if both.new.negated:
        negative, only_negative, positive, only_positive = both.new, both.only_new, both.old, both.only_old
    else:
        negative, only_negative, positive, only_positive = both.old, both.only_old, both.new, both.only_new
    if any(item.kind not in ("time", "episode") for item in only_negative) and not negative.changed:
        return False
    if any(item.kind not in ("time", "number", "episode") for item in only_negative):
        return False
    return not both.leads(positive, only_positive)


def other_quantity(both: Pair) -> bool:
    """The same words with another number or time."""
    left = (*both.only_old, *both.only_new)
    if not both.only_old or not both.only_new or any(item.kind not in ("number", "time") for item in left):
        return False
    if both.old.negated != both.new.negated or both.has("episode") or not both.topical():
        return False
    at_old, at_new = both.old.property_index(), both.new.property_index()
    if at_old >= 0 and at_new >= 0 and both.old.items[at_old] == both.new.items[at_new]:
        return False  # other_value has looked closer, and did not object
    timed = any(item.kind == "time" for item in (*both.old.items, *both.new.items))
    return (
        not timed or both.new.changed or any(item.kind in ("event", "property", "predicate") for item in both.common())
    )


def replaced(both: Pair) -> bool:
    """The new text says that something changed, shares a topic with the old one, and each has something of its own."""
    if not both.new.changed or both.new.adds or not both.topical() or both.persons_differ():
        return False
    said = [item for item in both.only_new if item.kind not in ("predicate", "several", "episode")]
    lost = [item for item in both.only_old if item.kind not in ("several", "episode")]
    smaller = min(len(both.old.items), len(both.new.items))
    return bool(said and (lost or both.new.replaces)) and 3 * len(both.shared) >= smaller


_CONTRADICTIONS = (preference_reversed, denied, other_state, other_value, other_quantity, other_name, replaced)
