"""The texts of automatic answers: three placeholders, filled once, and nothing of a stranger's that does harm."""

import re
from collections.abc import Mapping

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.visible import visible_line

PLACEHOLDERS = ("name", "subject", "date")
MOST_NAME, MOST_TOPIC = 60, 200
"""Letters of what is filled in: a stranger chooses it."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TO_CLICK = re.compile(r"[@:/<>\\\[\]{}]|www\.", re.IGNORECASE)


def check_template(template: str) -> None:
    """Whether each placeholder is known.

    Raises:
        InvalidInput: one is not; says which there are.
    """
    unknown = [found for found in _PLACEHOLDER.findall(template) if found not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise InvalidInput(f"{{{visible_line(unknown[0])[:40]}}} is not a placeholder; there are {known}.")


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with each placeholder replaced, once: what is filled in is text, also where it looks like one."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def one_line(text: str, most: int) -> str:
    """On one line, hidden characters as escapes, shortened."""
    line = " ".join(visible_line(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def name_of(sender: Address) -> str:
    """How to call somebody. A name with an address or a link in it is not one: answers must not carry advertising."""
    name = one_line(sender.name, MOST_NAME)
    if name and not _TO_CLICK.search(name):
        return name
    return one_line(sender.email.rpartition("@")[0], MOST_NAME)
