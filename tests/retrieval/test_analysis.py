"""What a text is found by, in several languages and for what is not quite a word."""

from itertools import pairwise
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.retrieval.analysis import index_terms, query_terms

ENGLISH = (
    "Caroline: I went to the support group on Tuesday and the stories were so powerful that I felt thankful for it"
)


def hashes(text: str) -> list[int]:
    return np.frombuffer(index_terms(text), "<u8").tolist()


def share(question: str, text: str) -> float:
    """How many words of the question stand in the text, of all of them."""
    terms = set(hashes(text))
    groups = query_terms(question).groups
    return sum(not terms.isdisjoint(group.hashes) for group in groups) / max(1, len(groups))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("running shoes", "She ran out of a shoe that is good for runs and running"),
        ("Which book did Anna read?", "Anna's books: she has been reading them"),
        ("Wann kaufte Müller die Häuser?", "Herr Müller hat für sich ein Haus gekauft"),
        ("какие книги читал Фёдор", "Федор читает книгу"),
        ("¿Cuándo compramos la canción?", "Compraron las canciones en el mercado"),
        ("chevaux de l'école", "Le cheval est à l’école"),
        ("quando hanno mangiato i gatti", "Il gatto mangiava nella cucina"),
        ("minhas viagens", "A viagem que fiz com meu pai"),
        ("welke huizen", "Het huis van mijn vader is niet van mij"),
        ("猫の名前は何ですか", "うちの猫の名前はタマです"),
        ("北京的天气", "今天北京天气很好"),
        ("학교에서", "우리는 학교에 갔다"),
    ],
)
def test_an_inflected_word_is_found(question: str, text: str) -> None:
    assert share(question, text) >= 0.5


def test_every_word_of_a_question_in_another_form_is_found() -> None:
    assert share("Häuser Müller", "Herr Müller hat für sich ein Haus gekauft") == 1
    assert share("книгами Фёдора", "Федор читает книгу") == 1
    assert share("canciones", "una canción que me gusta") == 1


@pytest.mark.parametrize("spelling", ["Müller", "Mueller", "Muller", "MÜLLER", "mu\u0308ller"])
@pytest.mark.parametrize("text", ["Müller hat es für mich", "I met Müller", "Mueller hat es für mich"])
def test_an_umlaut_is_found_however_it_is_typed(spelling: str, text: str) -> None:
    assert share(spelling, text) == 1


@pytest.mark.parametrize(
    "date", ["2026-05-07", "7 May 2026", "07.05.2026", "May 7th, 2026", "7 мая 2026", "2026年5月7日"]
)
@pytest.mark.parametrize("asked", ["May 2026", "в мае 2026", "2026-05-07", "7 mai 2026", "5月7日"])
def test_a_date_is_found_however_it_is_written(date: str, asked: str) -> None:
    assert share(asked, f"it happened {date} there") >= 2 / 3


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("user name", "call getUserName first"),
        ("getUserName", "call getUserName first"),
        ("max_tokens", "the setting max_tokens is too low"),
        ("example.org", "write to anna@example.org today"),
        ("anna@example.org", "write to anna@example.org today"),
        ("email", "send an e-mail today"),
        ("docs", "see https://example.org/docs/start?x=1"),
        ("1000", "it costs 1,000 in all"),
        ("3.5", "3,5 Liter"),
        ("C++", "she learns C++ now"),
        ("O'Brien", "Mr. O’Brien's hat"),
        ("Ｃａｆｅ́", "the café"),
    ],
)
def test_what_is_not_quite_a_word_is_found(asked: str, text: str) -> None:
    assert share(asked, text) >= 2 / 3


def test_c_and_c_plus_plus_differ() -> None:
    assert share("C++", "she learns C now") == 0


def test_letters_that_only_look_accented_stay_themselves() -> None:
    assert share("が", "か") == 0
    assert share("йод", "иод") == 0


def test_stop_words_leave_neighbours_behind() -> None:
    assert hashes("the date of the birth") == hashes("date birth")
    assert query_terms("what was it and who are they?").groups == ()
    assert index_terms("") == b""


def test_a_name_that_is_a_stop_word_is_kept() -> None:
    assert share("What did Will say to Rob?", "Will: I saw Rob") == 1
    assert hashes("I will see") == hashes("see")


def test_one_character_of_a_longer_japanese_word_is_found() -> None:
    assert share("犬", "子犬を飼いました") == 1


def test_repeats_are_kept_in_order() -> None:
    first, second, third = hashes("tea coffee tea")
    assert first == third != second
    assert list(pairwise(hashes("tea coffee"))) == [(first, second)]


def test_a_word_repeated_in_a_question_counts_once() -> None:
    assert len(query_terms("tea Tea teas").groups) <= 2
    assert query_terms("tea tea") == query_terms("tea")


@given(st.text(max_size=200))
def test_any_text_is_found_by_itself(text: str) -> None:
    terms = index_terms(text)
    assert terms == index_terms(text)
    assert len(terms) % 8 == 0
    if terms and query_terms(text).groups:
        assert share(text, text) > 0


def test_thirty_words_take_less_than_a_millisecond() -> None:
    texts = [f"{ENGLISH} {number}" for number in range(50)]
    index_terms(texts[0])
    begun = process_time()
    for text in texts:
        index_terms(text)
    assert (process_time() - begun) / len(texts) < 0.001


def test_two_megabytes_are_indexed_and_not_remembered() -> None:
    assert len(set(hashes("x" * 2_000_000))) == 1
    assert len(index_terms("word " * 100_000)) == 800_000
    assert len(set(hashes("a.b" * 300_000))) <= 4
    assert share("猫", "猫" * 100_000) == 1


def test_may_in_small_letters_is_the_month_too() -> None:
    assert share("what did I plant in may", "We planted beans\n7 May 2026") == 1


def test_someone_called_like_a_month_is_more_than_the_month() -> None:
    (asked,) = query_terms("Abril").groups
    named, dated = (sum(term in asked.hashes for term in hashes(text)) for text in ("mi sobrina Abril", "7 April 2026"))
    assert named > dated > 0
