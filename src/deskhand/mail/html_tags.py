"""HTML before it is parsed: only the tags and attributes that matter to reading, few and shallow enough.

A parser that follows the standard takes quadratic time for deep nesting, and 150 MB for 12 KB of formatting that is
never closed (each paragraph opens all of it again). What this lets through cannot: every tag is written anew, and
bold and its like as `span`, which nothing opens again.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape, unescape

TAGS = 80_000
"""Most tags that are read; what follows is left out, and said."""
DEPTH = 150
"""Deepest nesting; what is deeper keeps its text but not its tags."""
_RULES = 200_000
_TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?+)*+)(>|\Z)", re.DOTALL
)
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]*+)))?+")
_MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
_VOID = {"br", "hr", "img"}
_CLOSE_THEMSELVES = {"p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "caption"}
_PLAIN = {"div", "span", "a", "table", "ul", "ol", "dl", "pre", "blockquote", "center", "body"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_KNOWN = _VOID | _CLOSE_THEMSELVES | _PLAIN | _HEADINGS
_AS_DIV = {
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "aside",
    "address",
    "fieldset",
    "figure",
    "figcaption",
}
_SKIPPED = {"html", "head", "meta", "link", "base", "form", "input", "noscript", "wbr", "col", "colgroup", "source"}
_WITH_CONTENT = (
    *("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template", "svg"),
    *("math", "object", "video", "audio", "select", "applet", "canvas", "datalist"),
)
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE) for name in _WITH_CONTENT}
_ATTRIBUTES = {
    "style",
    "class",
    "id",
    "href",
    "alt",
    "width",
    "height",
    "hidden",
    "bgcolor",
    "color",
    "size",
    "type",
} | {"cite", "start", "src"}


@dataclass(slots=True)
class Pruned:
    """HTML that is safe to parse, the rules of its style sheets, and whether tags had to be left out."""

    html: str = ""
    rules: str = ""
    cut: bool = False


def prune(html: str) -> Pruned:
    """`html` with known tags only, without comments, scripts and the like."""
    pruner = _Pruner(html.replace("\0", ""))
    pruner.run()
    return Pruned("".join(pruner.kept), "".join(pruner.rules)[:_RULES], pruner.cut)


@dataclass(slots=True)
class _Pruner:
    source: str
    kept: list[str] = field(default_factory=list[str])
    rules: list[str] = field(default_factory=list[str])
    cut: bool = False
    _open: Counter[str] = field(default_factory=Counter[str])
    _depth: int = 0
    _tags: int = 0

    def run(self) -> None:
        at = 0
        while (found := _MARKUP.search(self.source, at)) is not None:
            self.kept.append(self.source[at : found.start()].replace("<", "&lt;"))
            at = self._markup(found.start())
            self._tags += 1
            if self._tags > TAGS:
                self.cut = True
                return
        self.kept.append(self.source[at:].replace("<", "&lt;"))

    def _markup(self, start: int) -> int:
        """Take what begins with `<`; where it ends."""
        if self.source.startswith("<!--", start):
            return self._after_comment(start)
        if self.source[start + 1 : start + 2] in ("!", "?") or re.match(r"</[^a-zA-Z]", self.source[start : start + 3]):
            return self._after(">", start)
        found = _TAG.match(self.source, start)
        if found is None:
            self.kept.append("&lt;")
            return start + 1
        name = found[2].lower()
        if found[1]:
            self._close(name)
        elif name in _ENDS:
            return self._after_content(name, found.end())
        elif found[4]:
            self._start(name, found[3])
        return found.end()

    def _after_comment(self, start: int) -> int:
        for short in ("<!-->", "<!--->"):
            if self.source.startswith(short, start):
                return start + len(short)
        return self._after("-->", start)

    def _after(self, mark: str, start: int) -> int:
        end = self.source.find(mark, start)
        return len(self.source) if end < 0 else end + len(mark)

    def _after_content(self, name: str, start: int) -> int:
        found = _ENDS[name].search(self.source, start)
        if name == "style":
            self.rules.append(self.source[start : found.start() if found else start][:_RULES])
        return found.end() if found else len(self.source)

    def _start(self, said: str, attributes: str) -> None:
        name = "div" if said in _AS_DIV else said
        if name in _SKIPPED:
            return
        name = name if name in _KNOWN else "span"  # bold and its like too: nothing opens them again
        if name == "a" and self._open["a"]:
            self._close("a")
        if self._depth >= DEPTH:
            self.cut = True
            self.kept.append(" ")
            return
        if name not in _VOID | _CLOSE_THEMSELVES:
            self._open[name] += 1
            self._depth += 1
        self.kept.append(f"<{name}{_attributes(attributes)}>")

    def _close(self, said: str) -> None:
        name = "div" if said in _AS_DIV else said
        if name == "br":
            self.kept.append("<br>")
        name = name if name in _KNOWN else "span"
        if said in _SKIPPED or name in _VOID:
            return
        if name in _CLOSE_THEMSELVES:
            self.kept.append(f"</{name}>")
        elif self._open[name]:
            self._open[name] -= 1
            self._depth -= 1
            self.kept.append(f"</{name}>")


def _attributes(text: str) -> str:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text[:20_000]):
        if name.lower() in _ATTRIBUTES:
            found.setdefault(name.lower(), double or single or bare)
    return "".join(f' {name}="{escape(unescape(value[:4_000]))}"' for name, value in found.items())
