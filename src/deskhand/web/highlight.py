"""Source code with its words marked by kind: a few classes, no styles; what is large or unknown stays plain."""

from collections.abc import Mapping
from functools import cache
from itertools import groupby

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
from pygments.token import Comment, Generic, Keyword, Name, Number, String

LARGEST = 12_000
"""Characters that are marked; more would be slow."""
LONGEST_LINE = 300
"""Characters; the rules of some languages take a time that grows with the square of it, or worse."""
MOST_BLANK_LINES = 30
"""In a row; for the same reason."""

_KNOWN = (
    "bash console css diff docker elixir go graphql haskell html http ini javascript json julia "
    "kotlin lua make nginx php powershell python r ruby rust scala sql swift toml typescript xml yaml"
)
_ALIASES = {
    "c": "javascript",
    "c++": "javascript",
    "cpp": "javascript",
    "cs": "javascript",
    "csharp": "javascript",
    "dockerfile": "docker",
    "golang": "go",
    "java": "javascript",
    "js": "javascript",
    "jsonc": "json",
    "jsx": "javascript",
    "makefile": "make",
    "patch": "diff",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "bash",
    "shell": "bash",
    "ts": "typescript",
    "tsx": "typescript",
    "yml": "yaml",
    "zsh": "bash",
}
LANGUAGES: Mapping[str, str] = {**{name: name for name in _KNOWN.split()}, **_ALIASES}
"""What people write after a fence, and the language Pygments knows it as.

Java, C and C# are read as the language whose words are nearest: the rules of their own take minutes for a page of text
that is made to be slow.
"""

_CLASSES = (
    (Comment, "c"),
    (Keyword, "k"),
    (Name.Tag, "k"),
    (String, "s"),
    (Number, "m"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Attribute, "f"),
    (Generic.Inserted, "add"),
    (Generic.Deleted, "del"),
    (Generic.Subheading, "at"),
)


def highlighted(code: str, language: str) -> Markup:
    """The code as HTML: escaped, with `<span class="k">` and the like around what has a kind."""
    known = LANGUAGES.get(language.lower())
    if known is None or _is_slow(code):
        return escape(code)
    parts: list[Markup] = []
    for kind, text in _lexer(known).get_tokens(code):
        name = _class(kind)
        parts.append(Markup('<span class="{}">{}</span>').format(name, text) if name else escape(text))
    return Markup("").join(parts)


def _is_slow(code: str) -> bool:
    """Whether marking it could take long, whatever its language."""
    lines = code.split("\n")
    blank = (len(list(run)) for is_text, run in groupby(lines, lambda line: bool(line.strip())) if not is_text)
    return len(code) > LARGEST or max(map(len, lines)) > LONGEST_LINE or max(blank, default=0) > MOST_BLANK_LINES


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def _class(kind: tuple[str, ...]) -> str:
    """The class of the kind, which is a path such as `("Name", "Function")`."""
    return next((name for known, name in _CLASSES if kind[: len(known)] == known), "")
