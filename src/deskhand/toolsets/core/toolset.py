"""The tools every Deskhand has."""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from deskhand import __version__
from deskhand.principal import Caller
from deskhand.toolset import Toolset, tool
from deskhand.toolsets.core import backend
from deskhand.toolsets.core.backend import Product, Status


def _as_text(value: object) -> object:
    """Numbers become the text a person would write: JSON's 0.1 is 0.1, not its nearest binary fraction."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(str(value)):f}"
    return value


Number = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(
        description="A decimal number; as a string when it has more than 15 digits.",
        json_schema_extra={"type": ["string", "number"]},
    ),
]


class Core(Toolset):
    """Exact arithmetic, and what this Deskhand can do."""

    name = "core"
    title = "Core"
    summary = "exact multiplication; what works here and what to set up next."

    @tool(title="Multiply", read_only=True, open_world=False)
    async def multiply(self, a: Number, b: Number) -> Product:
        """Multiply two numbers exactly: integers of any size and decimals, no rounding."""
        return backend.multiply(a, b)

    @tool(title="Deskhand status", read_only=True, open_world=False)
    async def deskhand_status(self, caller: Caller) -> Status:
        """Show the toolsets, the backend and health of each, and what to configure next."""
        return backend.status(__version__, caller.subject, await self.services.survey())
