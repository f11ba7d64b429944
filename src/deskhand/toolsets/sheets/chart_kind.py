"""The kinds of charts; apart, so that they can be named where nothing is drawn."""

from typing import Literal

ChartKind = Literal["bar", "stacked_bar", "line", "scatter", "histogram", "box", "pie", "heatmap"]
