"""What may differ between two texts that say the same, and what may not."""

import pytest

from deskhand.toolsets.memory.relation import relation

SAME = [
    ("The user is married to Ilse.", "Ilse is the user's wife."),
    ("The laptop belongs to Greta.", "Greta owns the laptop."),
    ("The user's team uses Slack to communicate.", "The user's team communicates via Slack."),
    ("Please don't use emojis in replies.", "The user prefers responses without emojis."),
    ("Use metric units, please.", "The user wants metric units."),
    ("The user is afraid of spiders.", "Spiders scare the user."),
    ("Die Nutzerin ist 2019 nach Kiel gezogen.", "Die Nutzerin lebt seit 2019 in Kiel."),
    ("El coche es de Greta.", "El coche pertenece a Greta."),
    ("Работает пчеловодом.", "Пользователь по профессии пчеловод."),
    ("2019年に札幌へ引っ越した。", "ユーザーは2019年から札幌に住んでいる。"),
]
PLANS = [
    ("The user lives in Utrecht.", "The user plans to move to Utrecht."),
    ("The user is learning the cello.", "The user would like to learn the cello."),
    ("The user bought a Vespa.", "The user might buy a Vespa."),
    ("Der Nutzer ist nach Kiel gezogen.", "Der Nutzer möchte nach Kiel ziehen."),
    ("Al usuario le gusta vivir en Vigo.", "Al usuario le gustaría vivir en Vigo."),
    ("Пользователь живёт в Твери.", "Пользователь хочет переехать в Тверь."),
    ("ユーザーは札幌に住んでいる。", "ユーザーは札幌に引っ越したい。"),
]
OTHER_TIMES = [
    ("The user lives in Rome.", "The user lived in Rome."),
    ("The user has never smoked.", "The user used to smoke."),
    ("Der Nutzer wohnt in Kiel.", "Der Nutzer wohnte in Kiel."),
    ("El usuario vive en Vigo.", "El usuario vivía en Vigo."),
    ("Пользователь живёт в Твери.", "Пользователь жил в Твери."),
    ("ユーザーは京都に住んでいる。", "ユーザーは京都に住んでいた。"),
]
OTHER_WAY_ROUND = [
    ("The user is Anna's boss.", "Anna is the user's boss."),
    ("The user lent Anna a book.", "Anna lent the user a book."),
    ("The user flew from Rome to Cairo.", "The user flew from Cairo to Rome."),
    ("Der Zug aus Kiel kommt um 8.", "Der Zug nach Kiel kommt um 8."),
    ("Поезд из Твери в 8.", "Поезд в Тверь в 8."),
]
LESS_CERTAIN = [
    ("The user eats fish.", "The user eats fish sometimes."),
    ("The user is 40.", "The user is almost 40."),
    ("The user replies in German.", "Please reply in German."),
    ("The user takes the pills at 8.", "The user has to take the pills at 8."),
]
OPPOSITES = [
    ("The pill is taken before dinner at home.", "The pill is taken after dinner at home."),
    ("The user buys bread at the market.", "The user sells bread at the market."),
    ("The front door key is under the mat.", "The back door key is under the mat."),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_another_way_to_say_it_is_a_duplicate(old: str, new: str):
    assert relation(old, new) == "duplicate"
    assert relation(new, old) == "duplicate"


@pytest.mark.parametrize(("fact", "plan"), PLANS)
def test_a_plan_a_wish_or_a_guess_neither_repeats_nor_contradicts_a_fact(fact: str, plan: str):
    assert relation(fact, plan) == "separate"
    assert relation(plan, fact) != "duplicate"


@pytest.mark.parametrize(("old", "new"), [*OTHER_TIMES, *OTHER_WAY_ROUND, *LESS_CERTAIN])
def test_tense_direction_and_certainty_make_another_statement(old: str, new: str):
    assert relation(old, new) != "duplicate"
    assert relation(new, old) != "duplicate"


@pytest.mark.parametrize(("old", "new"), OPPOSITES)
def test_an_embedder_does_not_make_opposites_equal(old: str, new: str):
    assert relation(old, new) != "duplicate"


def test_a_fact_that_comes_after_the_plan_may_overtake_it():
    old, new = "The user plans to move to Utrecht.", "The user has moved to Bergen."
    assert relation(old, new) == "supersedes"


def test_a_denial_that_comes_after_the_plan_contradicts_it():
    old, new = "The user plans to run the marathon.", "The user does not run the marathon."
    assert relation(old, new) == "conflict"


def test_how_the_assistant_shall_behave_is_a_fact_even_as_a_wish():
    old, new = "The user is called Max.", "The user now wants to be addressed as Maxine."
    assert relation(old, new) == "supersedes"
