"""Templates to HTML: pages, pieces and fragments.

Everything is escaped unless it was made by `prose`, and what is hidden in a text is shown, wherever a template puts it.
"""

from collections.abc import Mapping
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from deskhand.web.filters import FILTERS, as_seen
from deskhand.web.pieces import Piece


class Draw:
    """The templates of the page."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("deskhand.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=as_seen,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(FILTERS)  # pyright: ignore[reportUnknownMemberType]
        self._environment.globals["draw"] = self.piece  # pyright: ignore[reportUnknownMemberType, reportArgumentType]

    def piece(self, piece: Piece) -> Markup:
        """One piece with all that it holds."""
        return self.fragment(piece.template, piece=piece)

    def fragment(self, template: str, **context: object) -> Markup:
        """One element."""
        return Markup(
            self._environment.get_template(template).render(cast(Mapping[str, object], context)).strip()
        )  # templates escape
