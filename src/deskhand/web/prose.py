"""Markdown of models, tools and servers as HTML that can do nothing: no markup of theirs, no pictures, safe links."""

from markdown_it import MarkdownIt
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"]).disable("image")


def prose(text: str) -> Markup:
    """Text as HTML. HTML in it stays text."""
    return Markup(_PARSER.render(text))  # the parser escapes, and makes a few known elements only
