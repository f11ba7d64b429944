"""What is asked of `sheet_write`, checked before any work is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deskhand.errors import InvalidInput

FORMATS = ("xlsx", "csv", "parquet")


class Look(BaseModel):
    """How a column looks in a workbook: Excel's number format, and its width in characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = Field(default="", max_length=200)
    width: float = Field(default=0, ge=0, le=255)


def columns_of(columns: Mapping[str, object]) -> dict[str, Look]:
    """The looks of columns, as a model writes them; a text alone is a format, a number alone a width.

    Raises:
        InvalidInput: one is none of these.
    """
    looks: dict[str, Look] = {}
    for name, given in columns.items():
        key = "format" if isinstance(given, str) else "width" if isinstance(given, int | float) else ""
        try:
            looks[name] = Look.model_validate({key: given} if key else given)
        except ValidationError:
            raise InvalidInput(
                f'columns: {name} must be like {{"format": "#,##0.00", "width": 12}}; a width is at most 255.'
            ) from None
    return looks


@dataclass(frozen=True, slots=True)
class Writing:
    """A file to write: of what `sql` selects from `files`, or of `rows`, the first of which has the names.

    Raises:
        InvalidInput: the suffix is no format, there are both or neither of SQL and rows, or a layout is
            asked of a text file.
    """

    file: str
    sql: str = ""
    files: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    sheet: str = ""
    columns: Mapping[str, "Look"] = field(default_factory=dict[str, "Look"])
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InvalidInput(f"{self.file} must end in .xlsx, .csv or .parquet: the name says the format.")
        if bool(self.sql) == bool(self.rows):
            raise InvalidInput("Give either sql with files, or rows (the first row has the column names).")
        if self.format != "xlsx" and (self.sheet or self.columns):
            raise InvalidInput(f"sheet and columns are for .xlsx; a {self.format} file has none.")

    @property
    def format(self) -> str:
        """How the name ends, in lower case."""
        return self.file.rpartition(".")[2].lower()

    def arguments(self) -> dict[str, object]:
        """What the worker needs to know."""
        return {
            "into": True,
            "format": self.format,
            "sql": self.sql,
            "rows": [list(row) for row in self.rows],
            "sheet": self.sheet,
            "formats": {name: look.format for name, look in self.columns.items() if look.format},
            "widths": {name: look.width for name, look in self.columns.items() if look.width},
        }
