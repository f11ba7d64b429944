"""What is within the lines of Markdown, tamed: links say where they go, pictures become links, tasks become marks."""

import re
from collections.abc import Iterator, Sequence

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from deskhand.visible import visible, visible_line
from deskhand.web.links import destination, is_safe

_BARE = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}*_]", re.IGNORECASE)
"""An address that stands in a text by itself, without the punctuation after it."""
_LOOKS_LIKE_ADDRESS = re.compile(r"\w[.@]\w|://")
_TASK = re.compile(r"\[([ xX])\] ")
_TASK_WORDS = {" ": ("☐", "to do"), "x": ("☑", "done")}


def tame(state: StateCore) -> None:
    """A rule of the parser: it goes over the tokens when all of them are there."""
    for index, token in enumerate(state.tokens):
        if token.type == "inline" and token.children is not None:
            in_item = index > 1 and state.tokens[index - 2].type == "list_item_open"
            children = list(_linked(token.children))
            token.children = [*_task(children), *children] if in_item else children


def _task(children: Sequence[Token]) -> Iterator[Token]:
    """The mark of a task, whose brackets are taken off the text."""
    first = children[0] if children else None
    match = _TASK.match(first.content) if first is not None and first.type == "text" else None
    if first is None or match is None:
        return
    first.content = first.content[match.end() :]
    mark, words = _TASK_WORDS[match[1].lower()]
    yield Token("task_open", "span", 1, attrs={"class": "task", "role": "img", "aria-label": words})
    yield _text(mark)
    yield Token("task_close", "span", -1)
    yield _text(" ")


def _linked(children: Sequence[Token]) -> Iterator[Token]:
    href, words = "", ""
    for token in children:
        token.content = visible(token.content)  # character references may have made what is hidden
        if token.type == "link_open":
            href, words = str(token.attrGet("href") or ""), ""
            yield _link(href)
        elif token.type == "link_close":
            yield token
            yield from _whither(href, words)
            href = ""
        elif token.type == "image":
            yield from _picture(token, inside=bool(href))
        elif token.type == "text" and not href:
            yield from _with_bare_links(token.content)
        else:
            words += token.content
            yield token


def _link(href: str) -> Token:
    attributes: dict[str, str | int | float] = {
        "href": href,
        "title": visible_line(href),
        "rel": "noopener noreferrer nofollow",
        "target": "_blank",
    }
    return Token("link_open", "a", 1, attrs=attributes)


def _whither(href: str, words: str) -> Iterator[Token]:
    """Where a link goes, when its text looks like another address, or hides it before an `@`."""
    place = destination(href)
    plain = words.lower().removeprefix("mailto:").removeprefix("http://").removeprefix("https://")
    if plain == place or plain.startswith((f"{place}/", f"{place}?", f"{place}#", f"{place}:")):
        return
    if _LOOKS_LIKE_ADDRESS.search(words):
        yield Token("place_open", "span", 1, attrs={"class": "host"})
        yield _text(f" ({place})")
        yield Token("place_close", "span", -1)


def _picture(token: Token, *, inside: bool) -> Iterator[Token]:
    """A picture is never loaded: it is a link with the words that describe it."""
    src = str(token.attrGet("src") or "")
    words = visible("".join(child.content for child in token.children or ())) or "picture"
    if inside or not is_safe(src):
        yield _text(words)
        return
    yield _link(src)
    yield _text(words)
    yield Token("link_close", "a", -1)
    yield from _whither(src, words)


def _with_bare_links(text: str) -> Iterator[Token]:
    position = 0
    for match in _BARE.finditer(text):
        address = match[0]
        if not is_safe(address):
            continue
        yield _text(text[position : match.start()])
        yield _link(address)
        yield _text(address)
        yield Token("link_close", "a", -1)
        yield from _whither(address, address)
        position = match.end()
    yield _text(text[position:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
