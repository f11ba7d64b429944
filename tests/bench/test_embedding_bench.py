"""The benchmark of the embedding model still runs, and a question costs on one core no more than was promised."""

from bench.embedding import GOAL_MILLISECONDS, on_one_core


def test_a_question_is_embedded_in_time_by_each_engine() -> None:
    found = on_one_core()
    assert 0 < found["numpy question"] < GOAL_MILLISECONDS
    assert 0 < found["onnxruntime question"] < GOAL_MILLISECONDS
    assert 0 < found["check"] < found["load"] < 2_000
