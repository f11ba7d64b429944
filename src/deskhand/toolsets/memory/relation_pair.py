"""Two statements side by side: what both say and what only one does."""

from dataclasses import dataclass

from deskhand.toolsets.memory.relation_lexicon import Kind
from deskhand.toolsets.memory.relation_statement import Item, Statement

_TOPICAL = ("word", "name", "event", "property")
_NOT_LEADING = ("predicate", "several", "time", "number", "episode")
_FREQUENCIES = frozenset({"daily", "weekly", "monthly", "yearly"})

_UNSAID = frozenset({"own"})
"""Verbs that say no more than the "has" which is ignored."""


@dataclass(frozen=True, slots=True)
class Pair:
    """`shared` are keys; `only_old` and `only_new` are the items, in order, that the other side lacks."""

    old: Statement
    new: Statement
    shared: frozenset[str]
    only_old: tuple[Item, ...]
    only_new: tuple[Item, ...]
    similarity: float | None
    same_subject: bool

    def common(self) -> list[Item]:
        """The items of the old statement that the new one has too."""
        return [item for item in self.old.items if item.key in self.shared]

    def has(self, kind: Kind) -> bool:
        """Whether either side has an item of this kind."""
        return any(item.kind == kind for item in (*self.old.items, *self.new.items))

    def topical(self) -> bool:
        """Whether they share something to talk about: a thing, not only a verb or a date."""
        return any(item.kind in _TOPICAL for item in self.common())

    def persons_differ(self) -> bool:
        """Whether one is about a person of whom the other says nothing."""
        left = (*self.only_old, *self.only_new)
        return any(item.kind == "person" for item in left) and not self.same_subject

    def leads(self, text: Statement, left: tuple[Item, ...]) -> bool:
        """Whether something that only `text` has stands before all that is shared: then that is its subject."""
        if self.same_subject:
            return False
        for item in text.items:
            if item.key in _FREQUENCIES:
                continue
            if item.key in self.shared and item.kind not in _NOT_LEADING:
                return False
            if item in left and item.kind not in _NOT_LEADING:
                return True
        return False


def pair(old: Statement, new: Statement, similarity: float | None, same_subject: bool) -> Pair:
    """Compare what two statements of one language contain."""
    before, after = old.keys(), new.keys()
    return Pair(
        old,
        new,
        before & after,
        tuple(item for item in old.items if item.key not in after | _UNSAID),
        tuple(item for item in new.items if item.key not in before | _UNSAID),
        similarity,
        same_subject,
    )
