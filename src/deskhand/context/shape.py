"""How a budget is shared out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Shares of a budget. Compacting begins late and goes far, so that it happens seldom and a provider's cache of the
    beginning stays warm in between."""

    trigger: float = 0.8
    """Of the budget: a view above this is compacted."""
    target: float = 0.5
    """Of the budget: what compacting comes down to."""
    recent: float = 0.2
    """Of the target: the last turns that stay whatever else there is."""
    digest: float = 0.4
    """Of the target: the most the digest takes."""
    instructions: float = 0.8
    """Of the target: the most that standing instructions take word for word; the newest come first."""
    fill: bool = True
    """Whether older turns in a row stay too, as far as the target allows."""
    recalled: float = 0.5
    """Of the room that is free after compacting: the most that comes back for a question."""


DEFAULT = Shape()
"""For a host: most of the room stays free for answers, and for what tools give."""

ONE_ANSWER = Shape(trigger=1.0, digest=0.2, fill=False, recalled=1.0)
"""For who asks what fits a budget: all of it is used, for all there is while that fits, and then for what bears on the
question."""
