"""The tokenizer gives what the `tokenizers` library 0.22 gives for the model's own tokenizer.json."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.errors import Unavailable
from deskhand.retrieval.weights import VOCABULARY, beside_python
from deskhand.retrieval.wordpiece import WordPiece

DATA = Path(__file__).parent / "data"
GOLDEN: list[dict[str, object]] = json.loads((DATA / "minilm_tokens.json").read_bytes())

ENGLISH = (
    "My sister's wedding is on the second Saturday of June.",
    "Please remember that I'm allergic to peanuts and shellfish.",
    "The Kubernetes deployment failed because the readiness probe timed out.",
)
GERMAN = (
    "Die Hochzeit meiner Schwester ist am zweiten Samstag im Juni.",
    "Bitte denk daran, dass ich gegen Erdnüsse und Meeresfrüchte allergisch bin.",
    "Ich habe gestern meinen Schlüssel im Büro vergessen.",
)
SPANISH = (
    "La boda de mi hermana es el segundo sábado de junio.",
    "Recuerda por favor que soy alérgica a los cacahuetes y al marisco.",
    "Ayer olvidé las llaves en la oficina.",
)
RUSSIAN = ("Свадьба моей сестры во вторую субботу июня.", "Вчера я забыл ключи в офисе.")
JAPANESE = ("姉の結婚式は六月の第二土曜日です。", "きのうオフィスに鍵を忘れました。")


@pytest.fixture(scope="module")
def words() -> WordPiece:
    return WordPiece.from_json((beside_python() / VOCABULARY.name).read_bytes())


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: ascii(golden["text"])[:30])
def test_a_text_has_the_pieces_of_the_reference(words: WordPiece, golden: dict[str, object]) -> None:
    assert [words.start, *words.ids(str(golden["text"])), words.end] == golden["ids"]


def test_a_long_text_is_tokenized_in_time_proportional_to_its_length(words: WordPiece) -> None:
    assert len(words.ids("x" * 1_000_000)) == 1
    assert len(words.ids("go " * 100_000)) == 100_000


@given(st.text(alphabet=st.characters()))
def test_whatever_was_typed_has_pieces_and_a_share(words: WordPiece, text: str) -> None:
    assert all(0 <= piece < 30_522 for piece in words.ids(text))
    assert 0 <= words.covers(text) <= 1


def test_half_a_character_is_left_out(words: WordPiece) -> None:
    assert words.ids("a\ud800b") == words.ids("ab")


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_known(words: WordPiece, text: str) -> None:
    assert words.covers(text) > 0.9


@pytest.mark.parametrize("text", GERMAN + SPANISH)
def test_german_and_spanish_are_half_known(words: WordPiece, text: str) -> None:
    assert 0.2 < words.covers(text) < 0.85


@pytest.mark.parametrize("text", [*RUSSIAN, *JAPANESE, "안녕하세요 세계", "שלום עולם", "", "?!", "🍕"])
def test_other_scripts_and_no_words_are_not_known(words: WordPiece, text: str) -> None:
    assert words.covers(text) == 0


def test_an_english_word_in_a_russian_text_counts_for_what_it_is(words: WordPiece) -> None:
    assert 0.2 < words.covers("Перенеси meeting") < 0.6


def test_letters_in_a_row_are_no_word(words: WordPiece) -> None:
    assert words.covers("xkqzvwjq") < 0.3


@pytest.mark.parametrize("content", [b"", b"[]", b'{"model": {"vocab": {"a": 1}}}', b'{"model": null}'])
def test_a_file_that_is_no_vocabulary_is_refused(content: bytes) -> None:
    with pytest.raises(Unavailable, match=r"tokenizer\.json"):
        WordPiece.from_json(content)
