"""The dialogues of the context bench are read as they are written, and a slip in one is told with its line."""

from datetime import datetime
from pathlib import Path

import pytest
from bench.context_data import Dialogue, Evidence, FormatError, dialogues, read_dialogue
from bench.context_scores import EVIDENCE, evidence_kind

from deskhand.context.message import ToolCall, ToolResult

WHOLE = """\
title: Moving to Lisbon
language: en

@ 2026-02-03T09:12+01:00
user #visa: My appointment is on 14 March.
assistant: Noted.
| And the passport?
user ! #rule: From now on prices in euros only.
@ 2026-02-05T18:40+01:00
call c1 search_flights {"from": "GOT"}
call c2 search_trains {}
result c1: 2 flights found
| #fare 07:40 SK4711 189 EUR
|
| 09:15 TP123 240 EUR
result c2 #none: no trains
assistant: There is one.
? When is the appointment = #visa
? What does the flight cost, and is there a train = #fare #none #rule
"""


def read(folder: Path, text: str, name: str = "mixed-02") -> Dialogue:
    """The dialogue of a file with this text."""
    file = folder / f"{name}.txt"
    file.write_text(text, "utf-8")
    return read_dialogue(file)


def test_messages_have_roles_ids_times_and_the_language(tmp_path: Path) -> None:
    dialogue = read(tmp_path, WHOLE)
    assert (dialogue.name, dialogue.title, dialogue.language) == ("mixed-02", "Moving to Lisbon", "en")
    roles = ["user", "assistant", "user", "assistant", "tool", "tool", "assistant"]
    assert [message.role for message in dialogue.messages] == roles
    assert [message.id for message in dialogue.messages] == [f"m{number}" for number in range(1, 8)]
    assert dialogue.messages[1].text == "Noted.\nAnd the passport?"
    assert {message.metadata.language for message in dialogue.messages} == {"en"}
    times = [dialogue.messages[position].metadata.timestamp for position in (2, 3)]
    said = ("2026-02-03T09:13+01:00", "2026-02-05T18:40+01:00")
    assert times == [datetime.fromisoformat(time) for time in said]


def test_calls_in_a_row_are_one_message_and_each_result_is_one(tmp_path: Path) -> None:
    _, _, _, asking, first, second, _ = read(tmp_path, WHOLE).messages
    assert [block.name for block in asking.content if isinstance(block, ToolCall)] == [
        "search_flights",
        "search_trains",
    ]
    results = [block for message in (first, second) for block in message.content if isinstance(block, ToolResult)]
    assert [(result.call_id, result.name) for result in results] == [("c1", "search_flights"), ("c2", "search_trains")]


def test_evidence_is_a_message_or_one_line_of_it(tmp_path: Path) -> None:
    dialogue = read(tmp_path, WHOLE)
    assert dialogue.instructions == (2,)
    first, second = dialogue.questions
    assert first.text == "When is the appointment"
    assert first.evidence == (Evidence(0, "My appointment is on 14 March."),)
    fare, train = Evidence(4, "07:40 SK4711 189 EUR"), Evidence(5, "no trains")
    assert second.evidence == (fare, train, Evidence(2, "From now on prices in euros only."))


def test_the_name_of_a_file_tells_the_kind_and_what_is_held_out(tmp_path: Path) -> None:
    even, odd = (read(tmp_path, WHOLE, name) for name in ("mixed-02", "agent-11"))
    assert (even.kind, even.held_out, odd.kind, odd.held_out) == ("mixed", True, "agent", False)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("assistant: Noted.", "asistant: Noted.", "line 6: cannot read 'asistant: Noted.'"),
        ("user #visa", "user #rule", "line 8: #rule is there twice"),
        ("result c2 #none: no trains", "", "line 17: call c2 has no result yet"),
        ("result c2 #none", "result c1 #none", "line 16: result c1 answers no open call"),
        ("call c2 search_trains", "call c1 search_trains", "line 11: call c1 is there twice"),
        ("{}", "{from}", "line 11: Expecting property name"),
        ("| And", "|And", "line 7: cannot read"),
        ("title: Moving to Lisbon\n", "| more\n", "line 1: a further line follows no message"),
        ("2026-02-05T18:40+01:00", "2026-02-05T18:40", "line 9: the time has no offset"),
        ("2026-02-05T18:40", "2026-01-05T18:40", "line 9: the time goes back"),
        ("@ 2026-02-03T09:12+01:00\n", "", "line 4: a message comes before the first `@ time`"),
        ("? When is the appointment = #visa", "? When is the appointment", "line 18: cannot read"),
        ("= #visa\n", "= #visa\nuser: One more thing.\n", "line 19: after the first question"),
        ("= #visa\n", "= #vista\n", "no message has the label #vista"),
        ("#none #rule\n", "#none\n", "no question needs #rule"),
        ("language: en\n", "", "mixed-02.txt: has no language"),
    ],
)
def test_a_slip_is_told_with_its_place(tmp_path: Path, before: str, after: str, problem: str) -> None:
    assert before in WHOLE
    with pytest.raises(FormatError, match=r"^mixed-02\.txt") as raised:
        read(tmp_path, WHOLE.replace(before, after, 1))
    assert problem in str(raised.value)


def test_every_dialogue_of_the_set_is_long() -> None:
    for dialogue in dialogues():
        assert dialogue.kind in {"friends", "project", "mixed", "agent"}, dialogue.name
        assert len(dialogue.messages) >= 80, dialogue.name
        assert len(dialogue.questions) >= 12, dialogue.name
        assert not (dialogue.kind == "friends" and dialogue.instructions), dialogue.name


def test_there_is_as_much_of_it_as_was_promised_in_either_half() -> None:
    assert len(dialogues()) >= 20
    for half in (True, False):
        part = [dialogue for dialogue in dialogues() if dialogue.held_out == half]
        assert {dialogue.kind for dialogue in part} == {"friends", "project", "mixed", "agent"}
        assert sum(len(dialogue.questions) for dialogue in part) >= 100


def test_evidence_lies_all_over_a_dialogue_and_is_of_either_kind() -> None:
    places = [
        (evidence.position / len(dialogue.messages), evidence_kind(dialogue, evidence))
        for dialogue in dialogues()
        for question in dialogue.questions
        for evidence in question.evidence
    ]
    for third in range(3):
        share = sum(third / 3 <= place < (third + 1) / 3 for place, _ in places) / len(places)
        assert 0.25 < share < 0.45, third
    assert {kind for _, kind in places} == set(EVIDENCE)
