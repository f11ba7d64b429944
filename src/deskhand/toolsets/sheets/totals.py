"""Rows at the end of a table that sum up the others: counted in a question they would count everything twice."""

import re
from collections.abc import Sequence

_TOTAL = re.compile(
    r"\s*(grand\s+)?(total|totals|sum|subtotal|gesamt|summe|итого|всего|totale|somme|合計)\b", re.IGNORECASE
)


def totals_warning(last: Sequence[Sequence[object]]) -> list[str]:
    """A warning when one of the last rows of a table looks like a total."""
    for row in last:
        texts = [value for value in row if isinstance(value, str) and value]
        if texts and len(row) > 1 and _TOTAL.match(texts[0]):
            label = texts[0].strip()[:30]
            return [f"A row at the end looks like a total ({label!r}): leave it out of sums."]
    return []
