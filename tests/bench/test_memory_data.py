"""The evaluation set of the memory is whole and as hard as it claims to be: what is measured on it rests on this."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from deskhand.retrieval.analysis import TermGroup, index_terms, query_terms

DATA = Path(__file__).parents[2] / "bench" / "data" / "memory"

ENTRY = {"id", "set", "kind", "stream", "speaker", "at", "language", "text"}
QUESTION = {"id", "set", "question", "language", "category", "evidence"}
KINDS = {"turn", "fact", "preference", "note", "episode"}
CATEGORIES = {"direct", "paraphrase", "temporal", "multi"}

Line = dict[str, Any]


def lines(kind: str) -> Iterator[tuple[str, Line]]:
    """Every line of the files of that kind, with the language its file is named after."""
    for file in sorted(DATA.glob(f"{kind}_*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield file.stem.removeprefix(f"{kind}_"), json.loads(line)


ENTRIES = [entry for _, entry in lines("entries")]
QUESTIONS = [question for _, question in lines("questions")]
BY_ID = {entry["id"]: entry for entry in ENTRIES}


def shared_words(question: Line) -> list[TermGroup]:
    """The content words of a question, names of the speakers aside, that its evidence has too."""
    speakers = {entry["speaker"] for entry in ENTRIES if entry["set"] == question["set"] and entry["speaker"]}
    names = {group.hashes for name in speakers for group in query_terms(name).groups}
    said = {term for id in question["evidence"] for term in indexed(BY_ID[id]["text"])}
    return [g for g in query_terms(question["question"]).groups if g.hashes not in names and said & set(g.hashes)]


def indexed(text: str) -> list[int]:
    return [int(term) for term in np.frombuffer(index_terms(text), "<u8")]


def test_every_line_has_the_fields_of_its_kind_and_an_entry_the_language_of_its_file() -> None:
    for language, entry in lines("entries"):
        assert (set(entry), entry["language"]) == (ENTRY, language), entry
        assert entry["kind"] in KINDS, entry
        assert entry["text"].strip() == entry["text"] != "", entry
    languages = {entry["language"] for entry in ENTRIES}
    for question in QUESTIONS:  # some ask in another language than the entries are written in
        assert set(question) == QUESTION, question
        assert question["language"] in languages, question
        assert question["category"] in CATEGORIES, question
        assert question["question"].strip() == question["question"] != "", question


def test_no_id_is_used_twice_and_nothing_is_said_or_asked_twice_of_one_user() -> None:
    assert not [id for id, count in Counter(line["id"] for line in ENTRIES + QUESTIONS).items() if count > 1]
    said = Counter((line["set"], line.get("text") or line["question"]) for line in ENTRIES + QUESTIONS)
    assert not [text for (_, text), count in said.items() if count > 1 and len(text.split()) > 3]


def test_evidence_is_there_and_of_the_same_user() -> None:
    for question in QUESTIONS:
        evidence = question["evidence"]
        assert evidence, question
        assert len(set(evidence)) == len(evidence), question
        assert {BY_ID[id]["set"] for id in evidence} == {question["set"]}, question


def test_a_question_about_several_entries_names_them() -> None:
    assert not [q for q in QUESTIONS if q["category"] == "multi" and not 2 <= len(q["evidence"]) <= 4]


def test_turns_belong_to_a_stream_and_a_speaker_and_memories_stand_alone() -> None:
    for entry in ENTRIES:
        belongs = [entry["stream"] is not None, entry["speaker"] is not None]
        assert belongs == [entry["kind"] == "turn"] * 2, entry


def test_time_has_a_zone_and_rises_within_a_stream() -> None:
    assert all(datetime.fromisoformat(entry["at"]).tzinfo for entry in ENTRIES)
    turns = [entry for entry in ENTRIES if entry["stream"]]
    for before, after in pairwise(turns):
        if before["stream"] == after["stream"]:
            assert datetime.fromisoformat(before["at"]) < datetime.fromisoformat(after["at"]), after


def test_there_is_as_much_of_it_as_was_promised() -> None:
    assert len(ENTRIES) >= 300
    assert len(QUESTIONS) >= 200
    assert len({question["language"] for question in QUESTIONS}) >= 3


def test_at_least_a_quarter_of_the_questions_share_no_content_word_with_their_evidence() -> None:
    apart = [question for question in QUESTIONS if not shared_words(question)]
    assert len(apart) / len(QUESTIONS) >= 0.25


def test_a_paraphrase_is_one_whatever_stop_words_come_or_go() -> None:
    paraphrases = [question for question in QUESTIONS if question["category"] == "paraphrase"]
    sharing = [question["question"] for question in paraphrases if shared_words(question)]
    assert len(sharing) / len(paraphrases) <= 0.03, sharing


def test_a_direct_question_mostly_is_not_a_paraphrase() -> None:
    direct = [question for question in QUESTIONS if question["category"] == "direct"]
    assert sum(bool(shared_words(question)) for question in direct) / len(direct) >= 0.9


def test_the_readme_counts_what_there_is() -> None:
    names = {entry["set"] for entry in ENTRIES}
    cells = [line.split(" | ") for line in (DATA / "README.md").read_text("utf-8").splitlines()]
    said = {row[0].strip("| "): [int(cell.strip("| ")) for cell in row[2:]] for row in cells if row[0][2:] in names}
    assert said == {name: counts(name) for name in names}


def counts(name: str) -> list[int]:
    """Turns, memories and questions of one user."""
    kinds = Counter(entry["kind"] == "turn" for entry in ENTRIES if entry["set"] == name)
    return [kinds[True], kinds[False], sum(question["set"] == name for question in QUESTIONS)]
