"""Who does what to whom: whether two statements of the same content give it other roles.

Word order tells roles. It may differ only where it does not: in a list ("Anna and Bob"), about a copula as a whole
("Bob's manager is Anna"), between a person and their name ("my son is Tom"), and between active and passive.
"""

from itertools import combinations, pairwise

from deskhand.toolsets.memory.relation_lexicon import Kind, lexicon
from deskhand.toolsets.memory.relation_statement import Statement

_Two = tuple[tuple[str, Kind], tuple[str, Kind]]

_ACTORS: tuple[Kind, ...] = ("name", "person")


def other_roles(old: Statement, new: Statement) -> bool:
    """Whether something that both name has another place in one of them, so that it plays another part."""
    if _other_tense(old, new) or _acts_or_is_acted_upon(old, new):
        return True
    if _turned(old, new) or (old.lesser and old.lesser == new.lesser):
        return False
    places = [{item.key: at for at, item in reversed(list(enumerate(text.items)))} for text in (old, new)]
    actors: dict[str, Kind] = {key: kind for key, kind in _actors(old, new).items() if all(key in at for at in places)}
    return any(_exchanged(old, new, places, pair) for pair in combinations(actors.items(), 2))


def _exchanged(old: Statement, new: Statement, places: list[dict[str, int]], pair: _Two) -> bool:
    """Whether two actors have exchanged their parts."""
    (one, first), (other, second) = pair
    swapped = (places[0][one] < places[0][other]) != (places[1][one] < places[1][other])
    if "number" in (first, second):
        return swapped and first == second and _adjacent(places, one, other)
    if old.inverse != new.inverse:
        return not swapped and "word" not in (first, second)
    return swapped and not _listed(old, new, places, (one, other)) and not _named(old, new, (first, second))


def _other_tense(old: Statement, new: Statement) -> bool:
    """Both have a copula, one in the past and one not."""
    return bool(old.copula_tenses and new.copula_tenses) and old.copula_tenses != new.copula_tenses


def _acts_or_is_acted_upon(old: Statement, new: Statement) -> bool:
    """Somebody begins one text, and stands after the verb that begins the other: "call Mom", "Mom calls"."""
    if old.breaks or new.breaks or max(old.user_at, new.user_at) >= 0 or old.inverse != new.inverse:
        return False
    if not old.items or not new.items or old.items[0].key == new.items[0].key:
        return False
    kinds = _actors(old, new)
    first = [kinds.get(text.items[0].key) in _ACTORS for text in (old, new)]
    shared = old.keys() & new.keys()
    return first[0] != first[1] and {old.items[0].key, new.items[0].key} <= shared


def _turned(old: Statement, new: Statement) -> bool:
    """The two sides of one copula have changed places as they are."""
    if len(old.breaks) != 1 or len(new.breaks) != 1 or not old.breaks[0] or not new.breaks[0]:
        return False
    (left, right), (first, last) = (_sides(text) for text in (old, new))
    return bool(left and right) and (left, right) == (last, first)


def _sides(text: Statement) -> tuple[list[str], list[str]]:
    keys = [item.key for item in text.items]
    return keys[: text.breaks[0]], keys[text.breaks[0] :]


def _actors(old: Statement, new: Statement) -> dict[str, Kind]:
    """What can play a part: numbers, persons, names, and words that the lexicon does not know.

    A word after the same preposition in both, as in "before breakfast", is but a circumstance.
    """
    words = lexicon(old.language)
    bound = _after_prepositions(old, words.contrary) & _after_prepositions(new, words.contrary)
    kinds: dict[str, Kind] = {}
    for item in (*old.items, *new.items):
        plain = item.kind == "word" and item.key not in words.concepts | words.contrary and item.key not in bound
        if item.kind in (*_ACTORS, "number") or plain:
            kinds[item.key] = item.kind if kinds.get(item.key) != "name" else "name"
    return kinds


def _after_prepositions(text: Statement, contrary: frozenset[str]) -> set[str]:
    return {item.key for before, item in pairwise(text.items) if before.key in contrary}


def _adjacent(places: list[dict[str, int]], one: str, other: str) -> bool:
    return any(abs(at[one] - at[other]) == 1 for at in places)


def _listed(old: Statement, new: Statement, places: list[dict[str, int]], keys: tuple[str, str]) -> bool:
    """Both stand side by side with an "and" between them."""
    return all(
        abs(at[keys[0]] - at[keys[1]]) == 1 and max(at[keys[0]], at[keys[1]]) in text.joined
        for text, at in zip((old, new), places, strict=True)
    )


def _named(old: Statement, new: Statement, kinds: tuple[Kind, Kind]) -> bool:
    """One is a person and the other their name, as a copula or a verb of naming in one of the texts says."""
    names = sum(any(item.key == "name" for item in text.items) for text in (old, new))
    return kinds.count("person") == 1 and (bool(old.breaks or new.breaks) or names == 1)
