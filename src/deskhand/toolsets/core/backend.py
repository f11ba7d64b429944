"""Exact multiplication, and the status report. No MCP here."""

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Literal

from pydantic import Field

from deskhand.errors import InvalidInput
from deskhand.result import Health, Result

MAX_DIGITS = 1_000_000
"""Longest factor, written out: the product of two such numbers takes about a tenth of a second."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE](?P<exponent>[+-]?\d+))?", re.ASCII)
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Product(Result):
    """A product, exact to the last digit."""

    product: str = Field(description="Plain decimal notation; a string, so that no digit is lost in JSON.")

    def text(self) -> str:
        """The number."""
        return self.product


class ToolsetStatus(Result):
    """One toolset's line of the status."""

    name: str
    state: Literal["ok", "degraded", "down"]
    backend: str
    detail: str = ""
    next_step: str = ""


class Status(Result):
    """How this Deskhand is doing."""

    version: str
    user: str
    toolsets: tuple[ToolsetStatus, ...]
    next_steps: tuple[str, ...] = Field(description="What to configure next.")

    def text(self) -> str:
        """A line for each toolset, then what to do next."""
        lines = [f"Deskhand {self.version}, user {self.user}"]
        lines += [f"{line.name}: {line.state} ({line.backend}) {line.detail}".rstrip() for line in self.toolsets]
        return "\n".join(lines + [f"Next: {step}" for step in self.next_steps])


def multiply(a: str, b: str) -> Product:
    """The exact product of two decimal numbers.

    Raises:
        InvalidInput: a factor is not a decimal number, or has more than `MAX_DIGITS` digits.
    """
    return Product(product=_plain(_EXACT.multiply(_factor("a", a), _factor("b", b))))


def status(version: str, user: str, survey: dict[str, Health]) -> Status:
    """The report `deskhand_status` gives."""
    lines = tuple(
        ToolsetStatus(
            name=name,
            state=health.state,
            backend=health.backend,
            detail=health.detail,
            next_step=health.next_step,
        )
        for name, health in survey.items()
    )
    steps = tuple(f"{line.name}: {line.next_step}" for line in lines if line.next_step)
    return Status(version=version, user=user, toolsets=lines, next_steps=steps)


def _factor(name: str, text: str) -> Decimal:
    stripped = text.strip()
    found = _NUMBER.fullmatch(stripped)
    if found is None:
        raise InvalidInput(f"{name} must be a decimal number such as 12, -0.5 or 1e-9, got {text[:60]!r}.")
    too_long = InvalidInput(f"{name} has more than {MAX_DIGITS:,} digits when written out, which is the most.")
    if len(stripped) > MAX_DIGITS or len(found["exponent"] or "") > len(str(MAX_DIGITS)):
        raise too_long
    number = Decimal(stripped)
    if len(_plain(number)) > MAX_DIGITS:
        raise too_long
    return number


def _plain(number: Decimal) -> str:
    """Positional notation without an exponent or idle zeros after the point."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
