"""What a new memory is to an old one: the same again, its replacement, a contradiction, or something else.

No model decides this, but a list of named rules over two `Statement`s (see `relation_statement`): what both say, and
what only one of them says. The first rule that speaks wins:

1. `restated`: nothing is left on either side but another way to put it, and nobody changed places. A duplicate (see
   `relation_duplicate`).
2. `preference_reversed`: the same two things, the other one preferred.
3. `denied`: one side denies what the other says. "Never drinks" contradicts "drinks on Sundays"; "cannot swim in
   cold water" does not contradict "can swim".
4. `other_state`: values of one group that exclude one another, such as approved and rejected, of the same subject.
5. `other_value`: another value of a property of which a subject has one at a time, such as an address.
6. `other_quantity`: the same words with another number or time, unless it is something that happens again and again.
7. `other_name`: "the capital is A", "the capital is B".
8. `replaced`: the new text says that something changed, and is about the same thing.

Only what is briefly asserted contradicts or is contradicted, never a question, a reply or a story (see
`relation_claim`), and 8 asks for at least half of what the shorter text says of its subject.

A plan, a wish or a guess is no fact: it neither repeats nor contradicts one. Rules 2 to 8 find a contradiction; when
the new text itself says that things changed, it supersedes the old one. Which words mean what is data:
`relation_words/*.toml`. Doubt always ends in "separate", because a wrong duplicate loses what the user said, and a
wrong contradiction costs trust.
"""

from typing import Literal

from deskhand.toolsets.memory.relation_claim import asserts, replies, says_something, utterance
from deskhand.toolsets.memory.relation_duplicate import restated
from deskhand.toolsets.memory.relation_lexicon import Language, normalised
from deskhand.toolsets.memory.relation_pair import Pair, pair
from deskhand.toolsets.memory.relation_property import other_name, other_state, other_value
from deskhand.toolsets.memory.relation_statement import language_of, statement

Relation = Literal["duplicate", "supersedes", "conflict", "separate"]

LONGEST_CHARACTERS = 2_400
"""About 400 words. A longer text is a document, not a statement: only its exact copy is related to it."""

_NOT_YET = frozenset({"planned", "wished", "possible"})
"""What is meant in one of these ways is no fact, so that no fact contradicts it."""

_SAME_MATTER = 0.5
"""The part of the content of the shorter text that the other must share for the one to replace the other."""

_SAME_MATTER_NAMED = 1 / 3
"""The same, names included, where a short text names what is over or replaced: "sold the Skoda"."""

_SHORT = 5
"""Items of content of a short text."""

_MANNERS = frozenset({"name", "reply", "language", "address_form", "length", "theme", "units"})
"""Properties and states that are about how the assistant behaves."""


def relation(old: str, new: str, *, same_subject: bool = False) -> Relation:
    """What `new` is to `old`, both about the same user.

    Args:
        old: the memory that is kept.
        new: the memory about to be saved.
        same_subject: both were saved under the same explicit subject.
    """
    if _plain(old) == _plain(new):
        return "duplicate"
    if max(len(old), len(new)) > LONGEST_CHARACTERS:
        return "separate"
    language = language_of(old + "\n" + new)
    both = pair(statement(old, language), statement(new, language), same_subject)
    if restated(both) and _replies(old, language) == _replies(new, language):
        return "duplicate"
    return _against(old, new, both)


def _plain(text: str) -> str:
    return normalised(text).casefold().rstrip(".!。 ")


def _replies(text: str, language: Language) -> bool:
    return replies(utterance(text, language).text, language)


def _against(old: str, new: str, both: Pair) -> Relation:
    """Whether `new` ends or contradicts `old`, of which it is no duplicate."""
    language = both.new.language
    before, after = utterance(old, language), utterance(new, language)
    if before.speaker and after.speaker and before.speaker != after.speaker:
        return "separate"
    if not asserts(before.text, language) or not asserts(after.text, language):
        return "separate"
    if before.speaker and after.speaker:
        both = pair(statement(before.text, language), statement(after.text, language), False)
    if not says_something(both.old) or not says_something(both.new) or _only_meant(both):
        return "separate"
    if any(rule(both) for rule in _CONTRADICTIONS):
        return "supersedes" if both.new.changed else "conflict"
    return "separate"


def _only_meant(both: Pair) -> bool:
    """One text tells a plan, a wish or a guess where the other tells a fact; no change or denial has overtaken it."""
    not_yet = _NOT_YET - {"wished"} if _about_the_assistant(both) else _NOT_YET
    meant_before, meant = both.old.modality & not_yet, both.new.modality & not_yet
    overtaken = both.new.changed or both.new.negated != both.old.negated
    return bool(meant - meant_before) or (meant != meant_before and not overtaken)


def _about_the_assistant(both: Pair) -> bool:
    """Both tell how the user wants to be addressed or answered: there a wish is the fact."""
    return all(any(item.key.partition("=")[0] in _MANNERS for item in text.items) for text in (both.old, both.new))


def preference_reversed(both: Pair) -> bool:
    """The same content, but what was the lesser is now preferred."""
    left = (*both.only_old, *both.only_new)
    return bool(both.old.lesser and both.new.lesser) and both.old.lesser != both.new.lesser and not left


def denied(both: Pair) -> bool:
    """One side denies what the other says, at least as generally."""
    if both.old.negated == both.new.negated or not both.grounded():
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
    return bool(said and (lost or both.new.replaces)) and _same_matter(both)


def _same_matter(both: Pair) -> bool:
    """They share enough of what they say; a name is enough only where the new text says in brief that it is over."""
    explicit = both.new.ended or both.new.replaces
    if both.overlap() >= _SAME_MATTER and (explicit or both.one_matter()):
        return True
    brief = max(len(both.old.items), len(both.new.items)) <= _SHORT
    return brief and explicit and both.overlap(names=True) >= _SAME_MATTER_NAMED


_CONTRADICTIONS = (preference_reversed, denied, other_state, other_value, other_quantity, other_name, replaced)
