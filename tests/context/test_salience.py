import gc
from weakref import ref

import pytest

from deskhand.context.salience import salience


@pytest.mark.parametrize(
    ("needed", "chatter"),
    [
        ("Anna Weber moves to Basel on 12 March and pays 1,940 euros.", "Thanks, that sounds good to me."),
        ("We decided to take the 07:42 train to Geneva on Tuesday.", "What do you think we should do about all this?"),
        ("The password of the router is 4711-Basel.", "Hello, how are you today?"),
        ("Das Treffen mit Jonas Meier ist am Dienstag um 9 Uhr in Bern.", "Danke, das ist gut."),
        ("La cita con Carla Ruiz es el martes a las 9 en Madrid.", "Gracias, muy bien."),
        ("我们决定三月十二日搬到巴塞尔, 价格是 1940 欧元。", "好的。"),
    ],
)
def test_what_names_and_numbers_stand_in_is_worth_more_than_chatter(needed: str, chatter: str) -> None:
    high, low = salience([needed, chatter]).tolist()
    assert high > 1.5 * low > 0


def test_a_statement_is_worth_more_than_the_question_it_answers() -> None:
    statement, question = salience(["Guest 7 pays 49 euros.", "Guest 7 pays 49 euros?"]).tolist()
    assert statement > question


def test_each_text_is_weighed_by_itself() -> None:
    texts = ["Guest 7 pays 49 euros.", "Ok", "", "x " * 5_000]
    together = salience(texts).tolist()
    assert together == [float(salience([text])[0]) for text in texts]
    assert all(one >= 0 for one in together)
    assert salience([]).tolist() == []


class Watched(str):
    """A text that can be watched, and counts how often it is read."""

    __slots__ = ("__weakref__", "reads")

    def __init__(self, _text: str) -> None:
        self.reads = 0

    def lower(self) -> str:
        self.reads += 1
        return super().lower()


def test_a_text_that_comes_again_is_judged_as_before_without_being_read_again() -> None:
    first, again = Watched("Guest 8 pays 49 euros \ud83d."), Watched("Guest 8 pays 49 euros \ud83d.")
    assert salience([first, first]).tolist() == salience([again, again]).tolist()
    assert (first.reads, again.reads) == (1, 0)


@pytest.mark.parametrize("length", [100, 5_000])
def test_no_text_is_kept_once_it_is_judged(length: int) -> None:
    text = Watched("Room 9 is booked. " * (length // 18))
    kept = ref(text)
    assert 0 < salience([text])[0] < 1
    assert text.reads == 1
    del text
    gc.collect()
    assert kept() is None
