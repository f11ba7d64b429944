"""How charts look: one style, colours that can be told apart, numbers and times as people write them."""

# pyright: reportUnknownMemberType=false
# matplotlib leaves the types of its keyword arguments open.

import textwrap
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from deskhand.visible import visible_line

WIDTH, HEIGHT, DPI = 8.0, 4.5, 200
"""Inches and dots: 1600 x 900 pixels, as a picture of 800 x 450 on a screen with two dots to the point."""
PALETTE = (
    "#3366a8",
    "#e07b1a",
    "#1f9e77",
    "#c23b5a",
    "#7d5ba6",
    "#4fb3d9",
    "#a0781e",
    "#e48fb8",
    "#5b6b7a",
    "#9bb53c",
)
"""Told apart by hue and by lightness, also with the common colour-vision deficiencies; the first is our blue."""
INK, MUTED, GRID = "#22303c", "#5b6b7a", "#e3e7eb"
QUIET = "#b4bec8"
"""For what is there but not the point: `Other`."""
_FONTS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Source Han Sans", "IPAexGothic"),
    *("IPAGothic", "TakaoGothic", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"),
    *("Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic"),
    *("Arial Unicode MS", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans Devanagari"),
)
_TIMES = ["%Y", "%b", "%-d %b", "%H:%M", "%H:%M", "%S.%f"]
_ROUND_TIMES = ["", "%Y", "%b", "%-d %b", "%H:%M", "%H:%M"]
_CONTEXT = ["", "%Y", "%Y", "%-d %b %Y", "%-d %b %Y", "%-d %b %Y %H:%M"]
"""As `ConciseDateFormatter` takes them: by unit, from years to seconds."""
_ROUNDED = 0.99995
"""From here on a value is told as the round number above it: 999,990 is 1M."""
_SCIENTIFIC = 1e15
_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def settings() -> dict[str, object]:
    """matplotlib's settings for one chart; text is never read as mathematics."""
    installed = set(fontManager.get_font_names())
    return {
        "font.family": ["DejaVu Sans", *(font for font in _FONTS if font in installed)],
        "font.size": 8.5,
        "text.parse_math": False,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.labelsize": 8.5,
        "axes.edgecolor": QUIET,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.formatter.use_mathtext": False,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "xtick.major.pad": 5,
        "ytick.major.pad": 5,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "figure.facecolor": "white",
        "lines.linewidth": 1.9,
        "lines.solid_capstyle": "round",
        "patch.linewidth": 0,
    }


def blank(title: str) -> tuple[Figure, Axes]:
    """An empty chart with its title at the left, where reading begins."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.14, h_pad=0.12)  # type: ignore[union-attr]
    axes = figure.add_subplot()
    if title:
        figure.suptitle(wrapped(title, 68, 2), x=0.017, ha="left", fontsize=12.5, fontweight="bold", color=INK)
    return figure, axes


def wrapped(text: str, width: int, lines: int = 2) -> str:
    """`text` in at most so many lines, the rest cut with an ellipsis."""
    parts = textwrap.wrap(visible_line(text), width, max_lines=lines, placeholder="…", break_long_words=True)
    return "\n".join(parts)


def compact(value: float, step: float = 0) -> str:
    """A number on an axis: 950, 12.5K, 3.4M; `step` is the distance to the next, and bounds the digits."""
    if abs(value) >= _SCIENTIFIC:
        return f"{value:.3g}".replace("e+", "e").replace("-", "−")
    for unit, letter in _UNITS:
        if abs(value) >= unit * _ROUNDED and max(abs(value), step) >= 10_000 * _ROUNDED:
            return f"{_digits(value / unit, step / unit)}{letter}"
    return _digits(value, step)


def _digits(value: float, step: float) -> str:
    if step:
        places = min(max(0, int(np.ceil(-np.log10(step) - 1e-9))), 8)
        places += 1 if places < 8 and not np.isclose(step * 10**places, round(step * 10**places)) else 0
        return f"{value:,.{places}f}".replace("-", "−")
    if abs(value) >= 1_000 or value == round(value):
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{4 if abs(value) >= 100 else 3}g}".replace("-", "−")


def places_of(moments: Sequence[datetime]) -> NDArray[np.float64]:
    """Where times lie on an axis: days since matplotlib's epoch."""
    return np.array(moments, dtype="M8[us]").astype("M8[us]").astype(np.float64) / 86_400e6


def number_axis(axes: Axes, which: str) -> None:
    """Numbers in few round steps, with separators and units."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(nbins=7 if which == "x" else 6, steps=[1, 2, 2.5, 5, 10]))

    def told(value: float, position: int | None = None) -> str:
        ticks = axis.get_majorticklocs()
        step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 0.0
        return compact(0.0 if abs(value) < step * 1e-6 else value, step)

    axis.set_major_formatter(FuncFormatter(told))


def time_axis(axes: Axes) -> None:
    """Times as short as they can be told; the year and the month stand once."""
    locator = AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, formats=_TIMES, zero_formats=_ROUND_TIMES, offset_formats=_CONTEXT)
    )


def colours(names: Sequence[str], other: str) -> list[str]:
    """A colour for each series, grey for the rest."""
    return [QUIET if name == other and len(names) > 1 else PALETTE[i % len(PALETTE)] for i, name in enumerate(names)]


def legend(axes: Axes, names: Sequence[str]) -> None:
    """None for one series; above for few short ones, at the right for many."""
    if len(names) < 2:
        return
    handles, labels = axes.get_legend_handles_labels()
    shown = [wrapped(label, 24) for label in labels]
    if len(names) <= 4 and sum(map(len, names)) <= 60:
        axes.legend(
            handles,
            shown,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=len(names),
            borderaxespad=0.3,
            handlelength=1.2,
        )
    else:
        axes.legend(handles, shown, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, handlelength=1.2)


def name_axes(axes: Axes, x: str, y: str) -> None:
    """What the axes show."""
    if x:
        axes.set_xlabel(wrapped(x, 80, 1))
    if y:
        axes.set_ylabel(wrapped(y, 40, 1))
