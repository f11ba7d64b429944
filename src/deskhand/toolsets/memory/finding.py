"""Answering a question from the index: hits become dated texts, within a number of tokens."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from deskhand.context.tokens import estimate
from deskhand.context.turns import TURN, going_on, spoken
from deskhand.retrieval.fusion import DEFAULT
from deskhand.retrieval.index import Index, View
from deskhand.retrieval.search import Hit as IndexHit
from deskhand.retrieval.search import Query
from deskhand.store.memories import Kind, LinkRow, MemoryRow, MemoryTable
from deskhand.store.personal import PersonalRows
from deskhand.store.turns import KEY as TURN_KEY
from deskhand.store.turns import TurnTable
from deskhand.toolsets.memory import moments
from deskhand.toolsets.memory.holding import holds
from deskhand.toolsets.memory.results import CONVERSATION, KINDS, Found, Hit, one_line
from deskhand.zone import Zone

_CUT = "…"
_NEWEST = "memory"
_OTHER_WAYS = "Other words may find it, or include_history what no longer holds."
_MOST_TURNS = 200
_RESEMBLES = DEFAULT.cosine
"""A turn may answer by what stands beside it ("She loved it!"); a statement that shares no word with the question, and
less meaning than this, does not."""
_OWN_WORDS, _OWN_MEANING = 0.4, 0.5
"""The share of the question's words, or the cosine, by which a text speaks of the question itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is looked for. `as_of` None is now."""

    kind: Kind | None = None
    limit: int = 8
    max_tokens: int = 800
    as_of: datetime | None = None
    include_history: bool = False
    include_conversations: bool = True
    only_its_own: bool = False
    """Leave out what was found only because it stands beside a hit, or only resembles one."""

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of entries that may be hits."""
        kinds: list[str] = [self.kind] if self.kind else list(KINDS)
        return [*kinds, TURN] if self.include_conversations and not self.kind else kinds


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hits in the order of the search, more than will be shown, so that somebody can rank them again."""

    hits: Sequence[Hit]
    note: str = ""
    """What the answer says besides."""
    links: Sequence[LinkRow] = ()
    against: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Of each memory what contradicts it at the time asked about: where one of two has ended, they do not."""

    def settled(self, zone: Zone) -> list[Hit]:
        """The hits with what contradicts them; of two between which time decides the newer before the older."""
        ever = _contradictions(self.links)
        ordered = _newer_first(_marked(self.hits, ever), self.links, zone)
        return _marked(ordered, self.against)


def find(rows: PersonalRows, index: Index, query: Query, request: Request, now: datetime, zone: Zone) -> Candidates:
    """What answers the question."""
    at = None if request.include_history and request.as_of is None else (request.as_of or now).timestamp()
    view, current = index.view(rows), going_on(rows, now) if request.include_conversations else None
    asked = replace(view, hidden=current or "", ended=request.include_history)
    found = _wanted(lambda limit: index.search(asked, query, request.kinds, at=at, limit=limit), request)
    texts = _memories(rows, found, zone) | _turns(rows, found, zone)
    hits = [texts[hit.key].model_copy(update={"score": round(hit.score, 3)}) for hit in found if hit.key in texts]
    links = MemoryTable(rows).links_of([hit.id for hit in hits])
    against = _contradictions(_in_force(rows, links, request.as_of or now, zone))
    return Candidates(hits, _note(view, current, request, empty=not hits), links, against)


def turns_about(rows: PersonalRows, index: Index, queries: Iterable[Query]) -> list[str]:
    """The keys of turns, in any conversation, that speak of one of these themselves."""
    view, own = index.view(rows), Request(only_its_own=True)
    found = (hit for query in queries for hit in index.search(view, query, [TURN], at=None, limit=_MOST_TURNS))
    return list(dict.fromkeys(hit.key for hit in found if _answers(hit, own)))


def conversation_of(key: str) -> str:
    """Whose turn a key names."""
    return key.removeprefix(TURN_KEY).rpartition("/")[0]


def _note(view: View, current: str | None, request: Request, *, empty: bool) -> str:
    left_out = current is not None and bool(view.corpus.within(current).any())
    notes = ["(Turns of the conversation that is going on are left out.)"] if left_out else []
    if empty and len(view.corpus):
        notes.append("Other words may find it." if request.include_history else _OTHER_WAYS)
    return " ".join(notes)


def _wanted(best: Callable[[int], list[IndexHit]], request: Request) -> list[IndexHit]:
    """Enough of the best hits that answer by themselves; those that do not must not take the places of others."""
    enough = limit = 2 * request.limit + 8
    while True:
        found = best(limit)
        wanted = [hit for hit in found if _answers(hit, request)]
        if len(wanted) >= enough or len(found) < limit:
            return wanted[:enough]
        limit *= 4


def _answers(hit: IndexHit, request: Request) -> bool:
    if request.only_its_own:
        return hit.keyword >= _OWN_WORDS or hit.dense >= _OWN_MEANING
    return hit.key.startswith(TURN_KEY) or bool(hit.keyword) or hit.dense >= _RESEMBLES


def within(hits: Sequence[Hit], request: Request, *, by_meaning: bool, note: str = "") -> Found:
    """As many of the hits, best first, as `limit` and `max_tokens` allow. The first is cut rather than left out."""

    def answer(shown: Sequence[Hit]) -> Found:
        words = "words and meaning" if by_meaning else "words only"
        return Found(hits=tuple(shown), more=len(hits) - len(shown), search=words, note=note)

    def fits(shown: Sequence[Hit]) -> bool:  # all of it at once: what a line costs depends on the lines around it
        return estimate(answer(shown).text()) <= request.max_tokens

    shown = list(hits[: request.limit])
    if shown and not fits(shown):
        most = bisect_left(range(1, len(shown)), True, key=lambda number: not fits(shown[:number]))
        shown = shown[: max(1, most)]
        while len(shown) > 1 and not fits(shown):
            shown.pop()
        if not fits(shown):
            shown = [_cut(shown[0], lambda hit: fits([hit]))]
    return answer(shown)


def _memories(rows: PersonalRows, found: Sequence[IndexHit], zone: Zone) -> dict[str, Hit]:
    """Hits by their keys: `<id>` is the newest text of a memory, `<id>.<version>` a former one."""
    keys = [hit.key for hit in found if not hit.key.startswith(TURN_KEY)]
    former = {key.partition(".")[0] for key in keys if "." in key}
    table = MemoryTable(rows)
    made = {row.id: _hit_of(row, zone) for row in table.newest_of([key for key in keys if "." not in key])}
    return made | {f"{row.id}.{row.version}": _former(row, zone) for row in table.history_of(former)}


def _hit_of(row: MemoryRow, zone: Zone) -> Hit:
    return Hit(
        id=row.id,
        text=row.text,
        when=moments.shown(row.valid_from or row.created_at, zone),
        until=moments.shown(row.valid_to, zone) if row.valid_to else None,
        kind=row.kind,
        about=row.about,
        source=_NEWEST,
        score=0,
        pinned=row.pinned,
    )


def _former(row: MemoryRow, zone: Zone) -> Hit:
    until = row.valid_to or row.replaced_at
    ended = replace(row, valid_to=until, pinned=False)
    return _hit_of(ended, zone).model_copy(update={"source": "former wording"})


def _turns(rows: PersonalRows, found: Sequence[IndexHit], zone: Zone) -> dict[str, Hit]:
    keys = [hit.key for hit in found if hit.key.startswith(TURN_KEY)]
    made: dict[str, Hit] = {}
    for key, row in TurnTable(rows).by_key(keys).items() if keys else ():
        if (said := spoken(row)) is not None:
            role, text, at = said
            made[key] = Hit(
                id=key,
                text=text,
                when=_said_at(at, zone),
                kind="turn",
                about=role,
                source=f"{CONVERSATION}{one_line(row.title)!r}",
                score=0,
            )
    return made


def _said_at(at: datetime, zone: Zone) -> str:
    """As `zone` has it; at the ends of the calendar, where a host's clock may stand, as it was written."""
    try:
        return at.astimezone(zone).isoformat(timespec="minutes")
    except OverflowError:
        return at.isoformat(timespec="minutes")


def _marked(hits: Iterable[Hit], against: Mapping[str, Sequence[str]]) -> list[Hit]:
    """Each hit with what contradicts it."""
    return [hit.model_copy(update={"conflicts_with": tuple(against.get(hit.id, ()))}) for hit in hits]


def _in_force(rows: PersonalRows, links: Sequence[LinkRow], at: datetime, zone: Zone) -> list[LinkRow]:
    """The contradictions of which both sides hold at a moment; the others are settled, or have not begun."""
    ids = {end for link in links if link.relation == "conflicts_with" for end in (link.id, link.other)}
    holding = {row.id for row in MemoryTable(rows).newest_of(ids) if holds(row, at, zone)} if ids else set[str]()
    return [link for link in links if {link.id, link.other} <= holding]


def _contradictions(links: Sequence[LinkRow]) -> dict[str, list[str]]:
    """Of each memory what contradicts it."""
    against: dict[str, list[str]] = {}
    for link in links:
        if link.relation == "conflicts_with":
            against.setdefault(link.id, []).append(link.other)
            against.setdefault(link.other, []).append(link.id)
    return against


def _newer_first(hits: list[Hit], links: Sequence[LinkRow], zone: Zone) -> list[Hit]:
    """Time decides only between hits that contradict each other, and between wordings of one memory: what holds since
    later takes the better place."""
    later = {(link.id, link.other) for link in links}
    ordered = list(hits)
    for first in range(len(ordered)):
        for second in range(first + 1, len(ordered)):
            if _belongs_before(ordered[second], ordered[first], later, zone):
                ordered[first], ordered[second] = ordered[second], ordered[first]
    return ordered


def _belongs_before(one: Hit, other: Hit, later: Collection[tuple[str, str]], zone: Zone) -> bool:
    """Whether `one` is the newer of two that time decides between; of one minute, the one saved later: see `later`."""
    if one.id == other.id:
        return one.source == _NEWEST and other.source != _NEWEST
    if one.id not in other.conflicts_with:
        return False
    # As moments: when clocks go back, the later hour reads as the earlier one.
    since, other_since = moments.beginning(one.when, zone), moments.beginning(other.when, zone)
    return since > other_since or (since == other_since and (one.id, other.id) in later)


def _cut(hit: Hit, fits: Callable[[Hit], bool]) -> Hit:
    """The hit, with its text cut until it fits; if that is not enough, without the rest but its handle and time."""
    text = hit.text
    while text:
        shorter = hit.model_copy(update={"text": text + _CUT})
        if fits(shorter):
            return shorter
        text = text[: len(text) * 3 // 4]
    return hit.model_copy(update={"text": _CUT, "about": None, "source": hit.source[:40], "conflicts_with": ()})
