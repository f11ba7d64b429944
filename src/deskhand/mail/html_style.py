"""Whether a person would see text, by the styles that the HTML states."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,4000})\}")
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?((?:[.#][\w-]+)?)")
_NUMBER = re.compile(r"-?\d{0,6}\.?\d{1,6}")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*([\d.]+)\s*)?\)")
_NAMED = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "gray": (128, 128, 128),
    "silver": (192, 192, 192),
    "whitesmoke": (245, 245, 245),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "navy": (0, 0, 128),
}
_OFF_SCREEN = -500.0
_TINY = 1.0
_ALIKE = 15
"""Most difference of two colours, over red, green and blue, that nobody can read."""

_STATING = {"hidden", "bgcolor", "color"}
"""Attributes that say how something looks, without a style."""
Styles = dict[str, str]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks where one is: what elements inherit."""

    hidden: str = ""
    """Why nothing in here can be seen."""
    faint: str = ""
    """Why text cannot be seen, unless an element inside states otherwise."""
    tiny: bool = False
    colour: Colour | None = None
    background: Colour | None = None

    @property
    def unseen(self) -> str:
        """Why text is not seen here; empty when it is."""
        if self.hidden or self.faint:
            return self.hidden or self.faint
        if self.tiny:
            return "font-size"
        alike = self.colour and self.background and _alike(self.colour, self.background)
        return "text in the colour of its background" if alike else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of style sheets that hide something, for plain selectors."""

    rules: dict[str, Styles] = field(default_factory=dict[str, Styles])

    def styles_of(self, tag: str, attributes: Mapping[str, str | None]) -> Styles:
        """What an element's class, id, tag and own style state, the last winning."""
        own = styles_in(attributes.get("style") or "")
        if not self.rules:
            return own
        names = (attributes.get("class") or "").lower().split()[:20]
        keys = [tag, *(f".{name}" for name in names), *(f"{tag}.{name}" for name in names)]
        keys += [f"#{name}" for name in (attributes.get("id") or "").lower().split()[:1]]
        styles: Styles = {}
        for key in keys:
            styles |= self.rules.get(key, {})
        return styles | own


def read_sheet(text: str) -> Sheet:
    """The rules outside of @media and the like, which depend on the device; at most 2,000."""
    plain = _without_blocks(_COMMENT.sub("", text).lower())
    rules: dict[str, Styles] = {}
    for selectors, body in _RULE.findall(plain)[:2_000]:
        for selector in selectors.split(",")[:50]:
            if _SIMPLE.fullmatch(selector.strip()):
                rules.setdefault(selector.strip(), {}).update(styles_in(body))
    return Sheet(rules)


def styles_in(text: str) -> Styles:
    """Declarations by property, in lower case."""
    styles: Styles = {}
    if not text:
        return styles
    for declaration in _COMMENT.sub("", text[:4_000]).split(";")[:80]:
        name, colon, value = declaration.partition(":")
        if colon:
            styles[name.strip().lower()] = value.lower().replace("!important", "").strip()
    return styles


def look_inside(outer: Look, styles: Styles, attributes: Mapping[str, str | None]) -> Look:
    """How text looks in an element with these styles and attributes."""
    if outer.hidden or not (styles or attributes):
        return outer
    if not styles and attributes.keys().isdisjoint(_STATING):
        return outer
    hidden = "hidden" if "hidden" in attributes else _hidden(styles)
    if hidden:
        return replace(outer, hidden=hidden)
    size = styles.get("font-size")
    painted = "url(" in styles.get("background", "") + styles.get("background-image", "")
    background = colour_in(
        styles.get("background-color") or styles.get("background") or attributes.get("bgcolor") or ""
    )
    return Look(
        faint=_faint(styles, outer.faint),
        tiny=_is_tiny(size, outer.tiny),
        colour=colour_in(styles.get("color") or attributes.get("color") or "") or outer.colour,
        background=None if painted else background or outer.background,
    )


def colour_in(value: str) -> Colour | None:
    """A colour as red, green and blue; None for what is not told so, or is transparent."""
    text = value.strip().lower()[:60]
    if re.fullmatch(r"#?[0-9a-f]{6}", text):
        number = int(text.removeprefix("#"), 16)
        return number >> 16, number >> 8 & 255, number & 255
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        red, green, blue = (int(digit * 2, 16) for digit in text[1:])
        return red, green, blue
    found = _RGB.match(text)
    if found:
        return None if found[4] in ("0", "0.0") else (int(found[1]), int(found[2]), int(found[3]))
    return _NAMED.get(text.split(" ")[0])


def pixels(value: str | None) -> float | None:
    """The number that a length begins with, whatever its unit; None when it is no number."""
    found = _NUMBER.match((value or "").strip())
    return float(found[0]) if found else None


def _hidden(styles: Styles) -> str:
    if styles.get("display") == "none":
        return "display:none"
    if pixels(styles.get("opacity")) == 0:
        return "opacity:0"
    if _clipped(styles) or _no_room(styles):
        return "no size"
    moved = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
    if any((pixels(styles.get(name)) or 0) <= _OFF_SCREEN for name in moved):
        return "off screen"
    return "mso-hide" if styles.get("mso-hide") == "all" and "max-height" in styles else ""


def _clipped(styles: Styles) -> bool:
    clip = styles.get("clip", "").replace(" ", "").replace("px", "")
    return clip in ("rect(0,0,0,0)", "rect(1,1,1,1)") or "scale(0)" in styles.get("transform", "")


def _no_room(styles: Styles) -> bool:
    """No height or width, and what does not fit is not shown."""
    sizes = [pixels(styles.get(name)) for name in ("height", "width", "max-height", "max-width")]
    zeros = sum(size is not None and size <= 1 for size in sizes)
    return zeros >= 1 and "hidden" in (styles.get("overflow") or "")


def _faint(styles: Styles, outer: str) -> str:
    visibility = styles.get("visibility")
    if visibility in ("hidden", "collapse"):
        return "visibility:hidden"
    if styles.get("color") == "transparent":
        return "transparent text"
    return "" if visibility == "visible" else outer


def _is_tiny(size: str | None, outer: bool) -> bool:
    """Relative sizes of something tiny stay tiny."""
    number = pixels(size)
    if size is None or number is None:
        return outer and size is None
    relative = size.endswith(("em", "%"))
    if relative and not size.endswith("rem"):
        return outer or number <= (2 if size.endswith("%") else 0.1)
    return number <= (0.1 if relative else _TINY)


def _alike(one: Colour, other: Colour) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= _ALIKE


def _without_blocks(css: str) -> str:
    """`css` without at-rules that hold rules."""
    kept: list[str] = []
    at, depth = 0, 0
    in_block = False
    for mark in re.finditer(r"[{}]", css):
        if mark[0] == "{":
            if depth == 0:
                in_block = css[at : mark.start()].lstrip().startswith("@")
            depth += 1
            continue
        depth = max(depth - 1, 0)
        if depth == 0:
            kept += [] if in_block else [css[at : mark.end()]]
            at = mark.end()
    return "".join(kept)
