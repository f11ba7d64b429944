"""Markdown of models, tools and servers as HTML that can do nothing: no markup of theirs, no pictures, safe links."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from deskhand.visible import visible
from deskhand.web.highlight import highlighted
from deskhand.web.links import is_safe
from deskhand.web.prose_inline import tame

LONGEST = 60_000
"""Characters of one block; more is shown as it was written."""
MOST_MARKS = 5_000
"""Characters that begin or end something; text with more of them takes long to read."""
_MARKS = "[]*_`<!~&\\|"
_SHIFT = 2
"""Levels that headings are moved down by: the page has a title, and headings of its own."""


def prose(text: str, growing: bool = False) -> Markup:
    """Text as HTML. HTML in it stays text. While it is `growing`, code is not marked by kind yet."""
    text = visible(text.replace("\r\n", "\n"))
    if len(text) > LONGEST or sum(map(text.count, _MARKS)) > MOST_MARKS:
        return as_written(text)
    try:
        return Markup(_PARSER.render(text, {"growing": growing}))  # every rule below escapes
    except RecursionError:
        return as_written(text)


def as_written(text: str) -> Markup:
    """The text without any meaning."""
    return Markup('<p class="plain">{}</p>').format(text)


class _Renderer(RendererHTML):
    """Known elements only, with known attributes; `prose_inline.tame` has prepared what is within lines."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """`<h3>` for `#`."""
        return f"<{_shifted(tokens[idx].tag)}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Its end."""
        return f"</{_shifted(tokens[idx].tag)}>\n"

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A table that scrolls when it is wide."""
        return '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="table">\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Its end."""
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The head of a column."""
        return f'<th scope="col"{_alignment(tokens[idx])}>'

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A cell."""
        return f"<td{_alignment(tokens[idx])}>"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Code with the name of its language."""
        token = tokens[idx]
        language = visible((token.info.split() or [""])[0][:30])
        label = Markup('<p class="language">{}</p>').format(language) if language else Markup("")
        marked = escape(token.content) if env.get("growing") else highlighted(token.content, language)
        return _code(marked, label)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Indented code."""
        return _code(escape(tokens[idx].content), Markup(""))


def _code(code: Markup, label: Markup) -> str:
    return Markup('<div class="fenced">{}<pre class="code" tabindex="0"><code>{}</code></pre></div>\n').format(
        label, code
    )


def _shifted(tag: str) -> str:
    return f"h{min(6, int(tag[1:]) + _SHIFT)}"


def _alignment(token: Token) -> str:
    """A class in place of the style that the parser writes, which the page's policy would not let through."""
    style = str(token.attrGet("style") or "")
    return next((f' class="{side}"' for side in ("right", "center") if style.endswith(side)), "")


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["strikethrough", "table"])
    parser.validateLink = lambda url: is_safe(url)
    parser.core.ruler.push("tame", tame)
    return parser


_PARSER = _parser()
