"""The documentation as data: pages, and what is written on them."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<marks>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)(?P=marks)$", re.S | re.M
)
_FILE = re.compile(r"<!-- file: (\S+) -->\s*\Z")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"<(?:img|source)\b[^>]*?\bsrc(?:set)?=\"([^\"\s]+)\"")
_HEADING = re.compile(r"^#{1,6} +(.+?)#*$", re.M)
_CODE = re.compile(r"(`+)(.+?)\1", re.S)
_BEFORE = re.compile(r"(?:^|\$\(|[|;&(]|(?<!-)-- |exec |[A-Z_]+=\S+ )\s*\Z", re.M)
"""What can stand before the name of a command: nothing, a pipe, `--`, a variable; not an option that takes a value."""


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    page: str
    language: str
    text: str
    file: str | None
    """The file it is said to be a part of."""


@dataclass(frozen=True)
class Page:
    """A Markdown file of the repository."""

    path: str
    text: str

    @cached_property
    def prose(self) -> str:
        """Without the fenced blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        found: list[Block] = []
        for match in _FENCE.finditer(self.text):
            named = _FILE.search(self.text[: match.start()])
            lines = match["text"].splitlines(keepends=True)
            text = "".join(line.removeprefix(match["indent"]) for line in lines)
            found.append(Block(self.path, match["language"], text, named[1] if named else None))
        return found

    @property
    def links(self) -> list[str]:
        """What it links to, and the files of its pictures."""
        return _LINK.findall(_CODE.sub("", self.prose)) + _PICTURE.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """As GitHub makes them of headings: lower case, punctuation gone, a hyphen for each space."""
        texts = [_LINK.sub("", heading) or heading for heading in _HEADING.findall(self.prose)]
        plain = [re.sub(r"[^\w\- ]", "", text.replace("`", "").lower()) for text in texts]
        return {text.strip().replace(" ", "-") for text in plain}

    @property
    def commands(self) -> list[list[str]]:
        """The arguments of each `deskhand` command in the shell blocks."""
        shells = [block.text for block in self.blocks if block.language in {"sh", "bash", "console"}]
        return [arguments for text in shells for arguments in commands(text)]

    @property
    def mentions(self) -> list[list[str]]:
        """The same for code spans, which may leave out what a command needs."""
        spans = [text for _, text in _CODE.findall(self.prose) if text.startswith("deskhand ")]
        return [arguments for text in spans for arguments in commands(text)]


def commands(shell: str) -> Iterator[list[str]]:
    """The arguments of each `deskhand` command in a piece of shell."""
    text = shell.replace("\\\n", " ")
    for match in re.finditer(r"deskhand ", text):
        if _BEFORE.search(text[: match.start()].rpartition("\n")[2]):
            yield shlex.split(_until_end(text[match.end() :]))


def _until_end(text: str) -> str:
    """Up to where the shell ends the command: a pipe, a redirection, a comment, the end of a line or substitution."""
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and (character == "'" or '"' in text[position + 1 :].split("\n")[0]):
            quote = character
        elif character in "|;&)<>\n" or text[position : position + 2] == " #":
            return text[:position].removesuffix(" 2")
    return text


def pages() -> list[Page]:
    """Every Markdown file that is, or is about to be, in the repository."""
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, text=True
    )
    return [
        Page(path, (ROOT / path).read_text("utf-8")) for path in listed.split("\n") if path and (ROOT / path).exists()
    ]
