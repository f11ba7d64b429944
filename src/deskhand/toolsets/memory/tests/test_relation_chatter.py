"""Turns of a dialogue end or contradict nothing, unless one says so: a wrong end hides what the user said."""

import json
from itertools import groupby
from pathlib import Path

import pytest

from deskhand.toolsets.memory.relation import relation

DIALOGUES = Path(__file__).parents[5] / "bench" / "data" / "memory"
TURNS_BEFORE = 30
MOST_FALSE_ALARMS = 3
EVERY = {"en": 3}
"""Of the turns before, one in so many is compared: there are nine times as many in English as in the others."""

ONLY_A_NAME_AND_A_CHANGE = [
    ("Anna lives in Ghent.", "Anna broke her arm."),
    ("Petra works at the library.", "Petra has a new bicycle."),
    ("Maya works at the clinic.", "Maya stopped by yesterday."),
    ("Anna likes the garden.", "Anna sold the garden gnome."),
    ("Katrin wohnt in Kiel.", "Katrin hat jetzt ein neues Fahrrad."),
    ("Lucía vive en Vigo.", "Lucía ya no viene hoy."),
    ("Маша живёт в Твери.", "Маша уже спит."),
    ("健太は京都に住んでいる。", "健太はもう寝た。"),
]
QUESTIONS = [
    ("Anna lives in Ghent.", "Anna lives in Bruges now?"),
    ("Anna wohnt in Gent.", "Warum Anna jetzt in Brügge wohnt!"),
    ("Ana vive en Vigo.", "¿Ana ya vive en Lugo?"),
    ("Анна живёт в Твери.", "Анна теперь живёт в Омске?"),
    ("健太は京都に住んでいる。", "健太は今は大阪に住んでいますか。"),
]
REPLIES = [
    ("Theo likes opera.", "No, Theo likes opera not at all."),
    ("Theo likes opera.", "Really! Theo never likes opera."),
    ("Der Nutzer mag Oper.", "Nein, der Nutzer mag Oper nicht."),
    ("Al usuario le gusta la ópera.", "Claro, al usuario no le gusta la ópera."),
    ("Пользователь любит оперу.", "Нет, пользователь не любит оперу."),
    ("ユーザーは納豆が好きだ。", "いいえ、ユーザーは納豆が好きではない。"),
    ("The user drinks coffee.", "No! Not the coffee."),
]
STORIES = [
    "The user moved to Bruges. It rained. The piano fell down the stairs.",
    "The user moved to Bruges" + " with a very long story" * 7,
]
OF_THE_SPEAKER = [
    ("Anna: I live in Ghent.", "Anna: I moved to Bruges last week."),
    ("Катя: Я живу в Твери.", "Катя: Я переехала в Омск."),
    ("健太: 僕は京都に住んでいる。", "健太: 僕は大阪に引っ越した。"),
]
STILL_REPLACED = [
    ("I live in Berlin.", "I moved to Munich last week."),
    ("I work at Siemens.", "I left Siemens and started at Bosch."),
    ("The meeting is on Monday at 3 pm.", "The meeting was cancelled."),
    ("The user is engaged to Pia.", "The user and Pia broke off their engagement."),
    ("I have a bike lock with the code 4711.", "The bike lock has a new code, 1174."),
    ("Mein Auto ist ein Golf.", "Ich habe den Golf verkauft und fahre jetzt einen Polo."),
    ("Der Chor probt donnerstags um 19 Uhr in der Aula.", "Der Chor probt ab sofort dienstags um 20 Uhr."),
    (
        "I drink my coffee black in the morning, and nothing with caffeine after three.",
        "I've stopped drinking coffee because of my stomach; green tea in the morning, peppermint after.",
    ),
]


@pytest.mark.parametrize(("old", "new"), [*ONLY_A_NAME_AND_A_CHANGE, *QUESTIONS, *REPLIES])
def test_what_asserts_no_other_value_ends_nothing(old: str, new: str):
    assert relation(old, new) == "separate"
    assert relation(f"Jo: {old}", f"Jo: {new}") == "separate"


@pytest.mark.parametrize(("old", "new"), QUESTIONS)
def test_a_question_is_ended_by_nothing(old: str, new: str):
    assert relation(new, old) == "separate"


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_nothing_where_its_first_sentence_would(story: str):
    old = "The user lives in Ghent."
    assert relation(old, "The user moved to Bruges.") == "supersedes"
    assert relation(old, story) == "separate"


@pytest.mark.parametrize(("old", "new"), OF_THE_SPEAKER)
def test_a_speaker_is_who_a_text_is_about(old: str, new: str):
    assert relation(old, new) == "supersedes"
    assert relation(old, f"Zoe{new[new.index(':') :]}") == "separate"


@pytest.mark.parametrize(("old", "new"), [("Birthday: 4 May", "Birthday: 14 May"), ("Rent: 800", "Rent: 900")])
def test_a_known_word_before_a_colon_is_no_speaker(old: str, new: str):
    assert relation(old, new) == "conflict"


@pytest.mark.parametrize("same_subject", [True, False])
def test_somebody_elses_move_does_not_end_where_the_user_lives(same_subject: bool):
    old, new = "I live in Berlin.", "My sister moved to Munich."
    assert relation(old, new, same_subject=same_subject) == "separate"


@pytest.mark.parametrize(("old", "new"), STILL_REPLACED)
def test_an_explicit_replacement_still_supersedes(old: str, new: str):
    assert relation(old, new) == "supersedes"


@pytest.mark.parametrize("language", ["en", "de", "es", "ru", "ja"])
def test_the_turns_of_a_dialogue_hardly_ever_end_one_another(language: str):
    alarms = [
        (old, new)
        for turns in dialogues(language)
        for at, new in enumerate(turns)
        for old in turns[max(0, at - TURNS_BEFORE) : at : EVERY.get(language, 1)]
        if relation(old, new) in ("supersedes", "conflict")
    ]
    assert len(alarms) <= MOST_FALSE_ALARMS, alarms


def dialogues(language: str) -> list[list[str]]:
    """The turns of each set, once as they were said and once with the name of the speaker before them."""
    rows = map(json.loads, (DIALOGUES / f"entries_{language}.jsonl").read_text("utf-8").splitlines())
    sets = [list(turns) for _, turns in groupby((row for row in rows if row["kind"] == "turn"), lambda row: row["set"])]
    plain = [[row["text"] for row in turns] for turns in sets]
    return plain + [[f"{row['speaker']}: {row['text']}" for row in turns] for turns in sets]
