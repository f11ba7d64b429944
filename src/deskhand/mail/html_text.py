"""HTML of mails as text that reads like the page: what a person would see, and no more."""

import re
from collections import Counter
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from deskhand.mail.html_lines import Lines
from deskhand.mail.html_links import host_of, pretended, same_place, target_of
from deskhand.mail.html_style import Look, Sheet, look_inside, pixels, read_sheet
from deskhand.mail.html_tags import prune
from deskhand.visible import visible, visible_line

SOURCE = 5_000_000
"""Most characters of HTML that are read."""
_FILLER = re.compile(r"(?:[\u00ad\u034f\u200b-\u200d\u2007\u2060\ufeff][ \u00a0]*){2,}")
"""What newsletters fill the preview line of a mail program with."""
_NOTHING = re.compile(r"[\s\u00a0\u00ad\u034f\u200b-\u200d\u2007\u2060\ufeff]+")
_BLOCKS = {
    **dict.fromkeys(("p", "table", "ul", "ol", "dl", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"), 2),
    **dict.fromkeys(("div", "center", "dt", "dd", "tr", "li", "caption"), 1),
}
"""Elements that begin on a line of their own, and how many lines further down."""
_OWN_LINES = {"a", "td", "th", "li", "blockquote"}
_QUOTES = {"gmail_quote", "yahoo_quoted", "protonmail_quote", "zmail_extra", "tutanota_quote", "ymail_quoted"}
_QUOTES_MARKED = 8
_ROW = 1_000


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The text, and what its reader should know of the HTML."""

    text: str
    warnings: tuple[str, ...] = ()


def html_text(html: str) -> HtmlText:
    """`html` made readable, hidden characters as escapes; never fails, in time that grows with its length.

    Quotations of other mails have `> ` before their lines, as in plain mails. Invisible text is left out and counted.
    """
    pruned = prune(html[:SOURCE])
    reader = _Reader(read_sheet(pruned.rules))
    root = LexborHTMLParser(pruned.html).body
    if root is not None:
        reader.read(root)
    warnings = reader.warnings()
    if pruned.cut or len(html) > SOURCE:
        warnings.append("The HTML is so large or deep that some of its tags, or its end, were left out.")
    return HtmlText(visible(_FILLER.sub(" ", reader.lines.text())), tuple(warnings))


@dataclass(slots=True)
class _Open:
    """An element that one is in."""

    tag: str
    look: Look
    attributes: dict[str, str | None]
    cells: list[str] = field(default_factory=list[str])
    count: int = 0


class _Reader:
    """Walks the tree without recursion; elements that need their whole text first have lines of their own."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._open = [_Open("", Look(), {})]
        self._lines = [Lines()]
        self._unseen: Counter[str] = Counter()
        self._deceptions: dict[str, None] = {}
        self._targets: set[str] = set()

    @property
    def lines(self) -> Lines:
        """Where text goes to."""
        return self._lines[-1]

    def read(self, root: LexborNode) -> None:
        """Enter and leave every element below and with `root`."""
        waiting: list[LexborNode | None] = [root]
        while waiting:
            node = waiting.pop()
            if node is None:
                self._leave(self._open.pop())
            elif node.tag == "-text":
                self._text(node.text_content or "")
            elif node.tag and not node.tag.startswith("-"):
                self._enter(node.tag, node.attributes)
                waiting.append(None)
                waiting += reversed(list(node.iter(include_text=True)))

    def warnings(self) -> list[str]:
        """What was left out, and which links lie."""
        found: list[str] = []
        if self._unseen:
            ways = ", ".join(way for way, _ in self._unseen.most_common(5))
            found.append(f"Invisible text was left out: {self._unseen.total():,} characters ({ways}).")
        return [*found, *list(self._deceptions)[:10]]

    def _enter(self, tag: str, attributes: dict[str, str | None]) -> None:
        outer = self._open[-1]
        look = look_inside(outer.look, self._sheet.styles_of(tag, attributes), attributes)
        element = _Open(tag, look, attributes)
        self._open.append(element)
        if not look.hidden:
            self._begin(tag, element, outer)
        if tag in _OWN_LINES or _quotes(element):
            self._lines.append(Lines())

    def _begin(self, tag: str, element: _Open, outer: _Open) -> None:
        if tag in _BLOCKS:
            self.lines.broken(_BLOCKS[tag] if tag not in ("ul", "ol") or outer.tag != "li" else 1)
        if tag == "br":
            self.lines.next_line()
        elif tag == "hr":
            self.lines.broken(1)
            self._put_line("________________________________")
        elif tag == "img":
            self._image(element)
        elif tag[0] == "h" and tag[1:].isdigit():
            self.lines.add_verbatim("#" * int(tag[1:]) + " ")
        elif tag == "ol":
            element.count = int(pixels(element.attributes.get("start")) or 1) - 1

    def _leave(self, element: _Open) -> None:
        own = self._lines.pop() if element.tag in _OWN_LINES or _quotes(element) else None
        if own is not None and (own.length or own.trailed or own.led):
            self._place(element, own)
        if element.tag == "tr":
            self._row(element)
        if element.tag in _BLOCKS and not element.look.hidden:
            self.lines.broken(_BLOCKS[element.tag])

    def _place(self, element: _Open, own: Lines) -> None:
        text = own.text()
        if _quotes(element):
            self.lines.broken(1)
            self._put_line("\n".join(f"> {line}" if line else ">" for line in text.split("\n")) if text else "")
        elif element.tag == "a":
            self._link(element, own)
        elif element.tag in ("td", "th"):
            self._row_of().cells.append(text)
        elif element.tag == "li":
            self._item(text)
        else:
            self._put_line(text)

    def _put_line(self, text: str) -> None:
        if text:
            self.lines.add_verbatim(text)
            self.lines.broken(1)

    def _row_of(self) -> _Open:
        return next((one for one in reversed(self._open) if one.tag == "tr"), self._open[0])

    def _row(self, row: _Open) -> None:
        """Cells of one line each are a row of data; else the table only lays the page out."""
        cells = [cell for cell in row.cells if cell]
        if all("\n" not in cell for cell in cells) and sum(map(len, cells)) <= _ROW:
            self._put_line(" | ".join(cells))
            return
        for cell in cells:
            self._put_line(cell)
            self.lines.broken(2)

    def _item(self, text: str) -> None:
        holder = next((one for one in reversed(self._open) if one.tag in ("ul", "ol")), self._open[0])
        holder.count += 1
        mark = f"{holder.count}. " if holder.tag == "ol" else "- "
        self._put_line(mark + text.replace("\n", "\n" + " " * len(mark)) if text else "")

    def _link(self, element: _Open, own: Lines) -> None:
        text, url = own.text(), visible_line(target_of(element.attributes.get("href") or ""))
        self.lines.add(" " if own.led else "")
        self.lines.add_verbatim(self._link_text(text, url))
        self.lines.add(" " if own.trailed else "")

    def _link_text(self, text: str, url: str) -> str:
        if not text or not url:
            return text
        lie = pretended(text, url)
        if lie:
            self._deceptions[f"A link shows {visible_line(lie)} but leads to {visible_line(host_of(url))}."] = None
            return f"{text} (leads elsewhere: {url})"
        if same_place(text, url) or url in self._targets:
            return text if text.startswith("http") or url in self._targets or "@" in text else url
        self._targets.add(url)
        return f"{text} ({url})"

    def _image(self, element: _Open) -> None:
        """Pictures of a pixel or two only tell the sender that the mail was opened."""
        styles = self._sheet.styles_of("img", element.attributes)
        sizes = [pixels(styles.get(name) or element.attributes.get(name)) for name in ("width", "height")]
        alt = " ".join((element.attributes.get("alt") or "").split())[:500]
        if alt and not element.look.unseen and not any(size is not None and size <= 2 for size in sizes):
            self.lines.add(f"[{alt}]")

    def _text(self, text: str) -> None:
        unseen = self._open[-1].look.unseen
        if unseen:
            hidden = len(_NOTHING.sub("", text))
            if hidden:
                self._unseen[unseen] += hidden
        elif any(one.tag == "pre" for one in self._open[-4:]):
            self.lines.add_verbatim(text)
        else:
            self.lines.add(text.replace("\u00a0", " "))


def _quotes(element: _Open) -> bool:
    """Whether an element holds another mail that is quoted, by what mail programs mark it with."""
    classes = set((element.attributes.get("class") or "").lower().split())
    if element.tag == "blockquote":
        cited = element.attributes.get("type") == "cite" or "cite" in element.attributes
        return cited or bool(classes & _QUOTES) or "border-left" in (element.attributes.get("style") or "")
    return element.tag == "div" and bool(classes & (_QUOTES - {"gmail_quote", "protonmail_quote"}))
