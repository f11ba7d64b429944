"""What two memories are to one another, told by their words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.toolsets.memory.relation import LONGEST_CHARACTERS, relation

DUPLICATES = [
    ("The user lives in Berlin.", "Berlin is where the user lives."),
    ("Prefers tea to coffee.", "The user prefers tea over coffee."),
    ("The user has two cats.", "Has 2 cats."),
    ("I don't eat pork.", "The user does not eat pork."),
    ("The user's mother's name is Eveline.", "The user's mum is called Eveline."),
    ("The meeting with Ines is on 4 May at 2 pm.", "Meeting with Ines: 4 May, 14:00."),
    ("The user hates flying.", "The user dislikes flying."),
    ("Wohnt in Dresden (seit 2019).", "Der Nutzer wohnt seit 2019 in Dresden."),
    ("Die Tochter des Nutzers heißt Lina.", "Der Name der Tochter ist Lina."),
    ("Prefiere las reuniones por la mañana.", "El usuario prefiere reunirse por las mañanas."),
    ("El hermano del usuario se llama Fermín.", "Fermín es el hermano del usuario."),
    ("У пользователя две кошки: Муся и Плюшка.", "У пользователя 2 кошки, Плюшка и Муся."),
    ("Пользователь живёт в Самаре.", "Я живу в Самаре."),
    ("ユーザーは京都に住んでいます。", "ユーザーは京都在住。"),
    ("コーヒーよりお茶が好き。", "お茶のほうがコーヒーより好きです。"),
]
SUPERSEDED = [
    ("The user lives in Berlin.", "The user moved to Munich last month."),
    ("Petra smokes.", "Petra stopped smoking."),
    ("Tomas's birthday is on 4 May.", "Correction: Tomas was born on 14 May, not on 4 May."),
    ("The user keeps passwords in KeePass.", "The user switched to Bitwarden for passwords."),
    ("The user uses an iPhone.", "The user replaced the iPhone with a Pixel."),
    (
        "Das Elterngespräch ist am 22. Juni um 17 Uhr.",
        "Das Elterngespräch wurde auf den 29. Juni um 16 Uhr verschoben.",
    ),
    ("La usuaria trabaja en Madrid.", "La usuaria ahora trabaja en Bilbao."),
    ("Пользователь курит.", "Пользователь бросил курить."),
    ("歯医者の予約は6月18日の10時。", "歯医者の予約は6月25日の15時に変更になった。"),
]
CONFLICTS = [
    ("The user works at a bakery called Halcyon.", "The user works at the city library."),
    ("Mira's phone number is 555-0134.", "Mira's phone number is 555-0178."),
    ("My favourite colour is blue.", "Green is the user's favourite color."),
    ("The user takes 20 mg of omeprazole.", "The user takes 40 mg of omeprazole."),
    ("The visa application is pending.", "The visa application was approved."),
    ("Prefers tea to coffee.", "Prefers coffee to tea."),
    ("The user drinks alcohol at weekends.", "The user never drinks alcohol."),
    ("The landlord allows pets.", "The landlord forbids pets."),
    ("The user is a vegetarian.", "The user eats meat."),
    ("The moderator is called in by Anna.", "The moderator is not called in by Anna."),
    ("Der Nutzer mag Rosenkohl.", "Der Nutzer mag keinen Rosenkohl."),
    ("Die Nutzerin kann Ski fahren.", "Die Nutzerin kann nicht Ski fahren."),
    ("El color favorito de la usuaria es el rojo.", "El color favorito de la usuaria es el azul."),
    ("Пользователь холост.", "Пользователь женат."),
    ("ユーザーは納豆が好きだ。", "ユーザーは納豆が好きではない。"),
    ("家賃は8万円です。", "家賃は9万円です。"),
]
SEPARATE = [
    ("The user likes apples.", "The user likes oranges."),
    ("The user lives in Berlin.", "The user's brother lives in Hamburg."),
    ("The user lives in Berlin.", "The user lives in Berlin near the zoo."),
    ("The user can swim.", "The user cannot swim in cold water."),
    ("The user's home phone is 555-0100.", "The user's work phone is 555-0200."),
    ("The user has a daughter named Lena.", "The user has a daughter named Ida."),
    ("The user visited Rome in 2019.", "The user visited Rome in 2022."),
    ("Dario can swim.", "Selma cannot swim."),
    ("The user likes opera.", "The user now also likes ballet."),
    ("The blue folder holds invoices.", "The red folder holds contracts."),
    ("The report for Q1 is due on 5 April.", "The report for Q2 is due on 5 July."),
    ("Anna manages Boris.", "At work, Boris manages Anna."),
    ("Has 2 cats and 3 dogs.", "Has 3 cats and 2 dogs."),
    ("Likes tea but not coffee.", "Likes coffee but not tea."),
    ("Die Schwester der Nutzerin heißt Wiebke.", "Die Nichte der Nutzerin heißt Jule."),
    ("El usuario es alérgico al marisco.", "El usuario es alérgico al polen."),
    ("Собрание жильцов — 15 июня в 19:00.", "Родительское собрание — 18 июня в 18:00."),
    ("眼科の予約は5月20日の9時。", "美容院の予約は5月23日の13時。"),
]
DETAILS = ["3", "Rosalind", "on Tuesday", "never", "umbrella", "at 17:45", "without sugar", "2031-05-04"]


@pytest.mark.parametrize(("old", "new"), DUPLICATES)
def test_the_same_in_other_words_is_a_duplicate_whichever_came_first(old: str, new: str):
    assert relation(old, new) == "duplicate"
    assert relation(new, old) == "duplicate"


@pytest.mark.parametrize(("old", "new"), SUPERSEDED)
def test_a_text_that_says_what_changed_supersedes(old: str, new: str):
    assert relation(old, new) == "supersedes"


@pytest.mark.parametrize(("old", "new"), CONFLICTS)
def test_what_cannot_both_be_true_conflicts(old: str, new: str):
    assert relation(old, new) == "conflict"


@pytest.mark.parametrize(("old", "new"), SEPARATE)
def test_what_can_both_be_true_is_separate(old: str, new: str):
    assert relation(old, new) == "separate"


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("text", ["The user drinks tea at work", "Mira's locker is in the hall", "Has two cats"])
def test_a_text_with_more_in_it_is_never_a_duplicate(text: str, detail: str):
    assert relation(text, f"{text} {detail}") != "duplicate"
    assert relation(f"{text} {detail}", text) != "duplicate"


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_have_a_relation_and_duplicates_are_mutual(old: str, new: str):
    there = relation(old, new) == "duplicate"
    assert there == (relation(new, old) == "duplicate")


@given(st.text(min_size=1, max_size=200))
def test_every_text_duplicates_itself(text: str):
    assert relation(text, text) == "duplicate"


def test_other_names_numbers_and_extremes_are_no_duplicate():
    assert relation("The safe at work holds Anna's keys.", "The safe at work holds Bert's keys.") != "duplicate"
    assert relation("Anna is allergic to nuts", "Eva is allergic to nuts") != "duplicate"
    assert relation("Max weight 10 kg", "Min weight 10 kg") != "duplicate"
    assert relation("Needs 3 eggs for the cake.", "Needs 4 eggs for the cake.") != "duplicate"


def test_an_explicit_subject_stands_for_one_that_a_text_leaves_out():
    old, new = "Anna lives in Ghent.", "Lives in Bruges."
    assert relation(old, new) == "separate"
    assert relation(old, new, same_subject=True) == "conflict"


def test_texts_of_different_languages_are_separate():
    assert relation("The user likes cheese.", "Пользователь любит сыр.") == "separate"


def test_of_long_texts_only_a_copy_is_a_duplicate():
    long = "The user lives in Berlin. " * (LONGEST_CHARACTERS // 20)
    assert relation(long, long.upper()) == "duplicate"
    assert relation(long, long.replace("Berlin", "Porto")) == "separate"
