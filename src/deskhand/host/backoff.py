"""How long to wait before the next try."""

import random
from collections.abc import Callable

Backoff = Callable[[int], float]
"""Seconds to wait after the n-th failure in a row, n from 1."""

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 30.0
STABLE_SECONDS = 5.0
"""What lasted this long counts as good: its next failure is the first again."""


def exponential_with_jitter(failures: int) -> float:
    """Doubling from a quarter of a second to half a minute, half of it random: many hosts do not come at once."""
    full = min(FIRST_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_SECONDS)
    return full * random.uniform(0.5, 1.0)
