"""The benchmark of the host still runs, and what it boasts of still holds; the numbers are for docs to show."""

import pytest
from bench.host import WholeModel, cpu_per_turn
from bench.model_process import WITH_TOOL, model_process

pytestmark = pytest.mark.anyio


async def test_a_turn_of_a_long_conversation_costs_less_than_encoding_it_whole() -> None:
    with model_process() as url:
        ours = await cpu_per_turn(url, 600, "And?")
        whole = await cpu_per_turn(url, 600, "And?", WholeModel)
        assert 0 < ours < 0.8 * whole
        assert ours < await cpu_per_turn(url, 600, WITH_TOOL)
