"""What the sheets tools answer. Cells are somebody else's text: it is shown on one line, with nothing hidden."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SerializerFunctionWrapHandler, model_serializer

from deskhand.result import Link, Picture, Result
from deskhand.toolsets.sheets.answers import Value
from deskhand.toolsets.sheets.chart_kind import ChartKind
from deskhand.visible import visible_line

_EXACT = 2**53


def shown(value: Value) -> str:
    """A cell in a table for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return visible_line(str(value)).replace("|", "\\|")


def table_text(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    """Rows as lines, cells between bars, in few tokens."""
    return "\n".join(" | ".join(map(shown, row)) for row in (columns, *rows))


class Part(BaseModel):
    """Base of what answers are made of; as JSON without what says nothing."""

    model_config = ConfigDict(frozen=True)

    @model_serializer(mode="wrap")
    def _without_the_empty(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields = type(self).model_fields
        return {name: value for name, value in dump(self).items() if value or fields[name].is_required()}


class ColumnProfile(Part):
    """A column: what it holds."""

    name: str
    type: str = Field(description="SQL type.")
    span: str = Field(default="", description="Least … greatest.")
    distinct: int = 0
    empty: int = Field(default=0, description="Rows without a value.")
    examples: tuple[str, ...] = Field(default=(), description="The most frequent values.")

    def line(self) -> str:
        """One line for people and models."""
        facts = [self.span] if self.span else []
        facts += [f"{self.distinct:,} distinct"] if self.distinct else []
        facts += [f"{self.empty:,} empty"] if self.empty else []
        facts += [f"e.g. {', '.join(self.examples)}"] if self.examples else []
        return f"- {visible_line(self.name)} {self.type}{': ' if facts else ''}{'; '.join(facts)}"


class TableProfile(Part):
    """A table that SQL can name."""

    name: str = Field(description="As it is written in SQL.")
    sheet: str = ""
    rows: int = Field(default=0, description="Below the header.")
    columns: int = 0
    hidden: bool = False

    def told(self) -> str:
        """A phrase."""
        size = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        return f"{self.name} ({size} × {self.columns}{', hidden' if self.hidden else ''})"


class Profile(Result):
    """What is in a spreadsheet file: its tables, and of one of them the columns and first rows."""

    file: str
    version: str = Field(description="For expected_version.")
    format: str
    table: TableProfile = Field(description="The one described.")
    header: str = Field(default="", description="Where the column names were found.")
    columns: tuple[ColumnProfile, ...]
    more_columns: int = Field(default=0, description="Columns left out here.")
    rows: tuple[tuple[Value, ...], ...] = Field(default=(), description="The first rows.")
    others: tuple[TableProfile, ...] = Field(default=(), description="Other tables of the file.")
    more_tables: int = 0
    warnings: tuple[str, ...] = ()
    untrusted: Literal[True] = True

    @model_serializer(mode="wrap")
    def _without_the_empty(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields = type(self).model_fields
        return {name: value for name, value in dump(self).items() if value or fields[name].is_required()}

    def text(self) -> str:
        """A line for each column, the first rows, what is odd."""
        head = f"{self.file} ({self.format}, version {self.version}): table {self.table.told()}"
        lines = [f"{head}, {self.header}" if self.header else head, *(column.line() for column in self.columns)]
        lines += [f"- … and {self.more_columns:,} more columns (see detail)."] if self.more_columns else []
        lines += ["First rows:", *(" | ".join(map(shown, row)) for row in self.rows)] if self.rows else []
        if self.others:
            more = f" and {self.more_tables} more" if self.more_tables else ""
            lines.append(f"Other tables: {', '.join(table.told() for table in self.others)}{more}.")
        return "\n".join([*lines, *(f"Warning: {visible_line(warning)}" for warning in self.warnings)])


class Rows(Result):
    """Rows that answer a question, the first of `total`."""

    columns: tuple[str, ...]
    types: tuple[str, ...] = Field(description="SQL types of the columns.")
    rows: tuple[tuple[Value, ...], ...]
    total: int
    all_rows: str = Field(default="", description="Where every row is, as CSV.")
    note: str = Field(default="", description="What was left out here.")
    warnings: tuple[str, ...] = ()
    untrusted: Literal[True] = True
    _size: int = PrivateAttr(default=0)

    def with_link(self, uri: str, size: int) -> "Rows":
        """The same with all rows as a resource of so many bytes."""
        linked = self.model_copy(update={"all_rows": uri})
        linked._size = size
        return linked

    @model_serializer(mode="wrap")
    def _without_the_empty(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields = type(self).model_fields
        return {name: value for name, value in dump(self).items() if value or fields[name].is_required()}

    def text(self) -> str:
        """A table, and what it leaves out."""
        count = f"{len(self.rows):,} of {self.total:,} rows" if len(self.rows) < self.total else ""
        count = count or f"{self.total:,} {'row' if self.total == 1 else 'rows'}"
        where = f"; all in {self.all_rows}" if self.all_rows else ""
        lines = [table_text(self.columns, self.rows), f"({count}{where}.{' ' if self.note else ''}{self.note})"]
        return "\n".join([*lines, *(f"Warning: {visible_line(warning)}" for warning in self.warnings)])

    def resource_links(self) -> Sequence[Link]:
        """All rows."""
        return [Link(self.all_rows, "rows.csv", "text/csv", self._size)] if self.all_rows else ()


class Chart(Result):
    """A chart: in words here, and as a picture beside it."""

    kind: ChartKind
    alt: str = Field(description="What the picture shows, from the data.")
    picture: str = Field(description="The PNG.")
    data: str = Field(description="The rows behind it, as CSV.")
    rows: int
    warnings: tuple[str, ...] = ()
    untrusted: Literal[True] = True
    _png: bytes = PrivateAttr(default=b"")
    _data_size: int = PrivateAttr(default=0)

    def with_picture(self, png: bytes, data_size: int) -> "Chart":
        """The same with its picture, and the size in bytes of the data behind it."""
        self._png, self._data_size = png, data_size
        return self

    def text(self) -> str:
        """The chart in words, and where it lies."""
        lines = [self.alt, f"Picture: {self.picture} · data: {self.data} ({self.rows:,} rows)"]
        return "\n".join([*lines, *(f"Warning: {visible_line(warning)}" for warning in self.warnings)])

    def picture_blocks(self) -> Sequence[Picture]:
        """The picture."""
        return [Picture(self._png, alt=self.alt)]

    def resource_links(self) -> Sequence[Link]:
        """The picture and the data, to keep."""
        return [
            Link(self.picture, "chart.png", "image/png", len(self._png), title=self.alt[:200]),
            Link(self.data, "chart.csv", "text/csv", self._data_size),
        ]


class Written(Result):
    """What became of a file that was to be written."""

    uri: str
    outcome: Literal["created", "replaced", "unchanged", "would create", "would replace"]
    version: str = ""
    rows: int
    columns: tuple[str, ...]
    size: int = Field(description="Bytes.")
    head: tuple[tuple[Value, ...], ...] = Field(default=(), description="The first rows.")
    trashed: str = Field(default="", description="What was there before.")
    warnings: tuple[str, ...] = ()
    untrusted: Literal[True] = True

    def text(self) -> str:
        """A sentence; after a dry run the first rows too."""
        shape = f"{self.rows:,} rows × {len(self.columns):,} columns, {self.size:,} bytes"
        version = f", version {self.version}" if self.version else ""
        lines = [f"{self.outcome.capitalize()} {self.uri}: {shape}{version}."]
        lines += [table_text(self.columns, self.head)] if self.outcome.startswith("would") else []
        lines += [f"The old file is in the trash: {self.trashed}"] if self.trashed else []
        return "\n".join([*lines, *(f"Warning: {visible_line(warning)}" for warning in self.warnings)])
