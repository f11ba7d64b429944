"""Two statements side by side: what both say and what only one does."""

from dataclasses import dataclass

from deskhand.toolsets.memory.relation_lexicon import Kind, lexicon
from deskhand.toolsets.memory.relation_statement import Item, Statement

_TOPICAL = ("word", "name", "event", "property")
_NOT_LEADING = ("predicate", "several", "time", "number", "episode")
_FREQUENCIES = frozenset({"daily", "weekly", "monthly", "yearly"})

_CONTENT: tuple[Kind, ...] = ("word", "event", "property", "predicate", "several", "state", "episode")
"""What is said of a subject; not who it is, nor how much or when."""

_VALUED: tuple[Kind, ...] = ("event", "property", "predicate")
_SUBJECTS: tuple[Kind, ...] = ("word", "name")

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

    def grounded(self) -> bool:
        """Whether they share something that is said, beyond their subject, names, numbers and times."""
        return bool(self._said(self.old, _CONTENT) & self._said(self.new, _CONTENT))

    def overlap(self, *, names: bool = False) -> float:
        """The part, from 0 to 1, of what the shorter one says of its subject that both say; `names` count or not."""
        kinds = (*_CONTENT, "name") if names else _CONTENT
        old, new = self._said(self.old, kinds), self._said(self.new, kinds)
        return len(old & new) / max(1, min(len(old), len(new)))

    def one_matter(self) -> bool:
        """Whether they share more than one word that many things may be about: two, or one that has a value."""
        said = self._said(self.old, _CONTENT) & self._said(self.new, _CONTENT)
        valued = any(item.kind in _VALUED and item.key in said for item in self.old.items)
        return len(said) > 1 or valued or self.overlap() == 1

    def _said(self, text: Statement, kinds: tuple[Kind, ...]) -> set[str]:
        """What a statement says. An unknown word that both begin with is the subject, unless that is the user."""
        first = text.items[:1] if self.old.items[:1] == self.new.items[:1] else ()
        if first and (first[0].kind not in _SUBJECTS or 0 in (self.old.user_at, self.new.user_at)):
            first = ()
        if first and (first[0].key,) in lexicon(text.language).forms:
            first = ()
        return {item.key for item in text.items if item.kind in kinds and item not in first}

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


def pair(old: Statement, new: Statement, same_subject: bool) -> Pair:
    """Compare what two statements of one language contain."""
    before, after = old.keys(), new.keys()
    return Pair(
        old,
        new,
        before & after,
        tuple(item for item in old.items if item.key not in after | _UNSAID),
        tuple(item for item in new.items if item.key not in before | _UNSAID),
        same_subject,
    )
