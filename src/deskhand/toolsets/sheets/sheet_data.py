"""What was read of a sheet, as the cache keeps it."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet of a workbook."""

    name: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file with columns c0, c1, …; `types` is "" for a column that is blank in it."""

    file: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetData:
    """A sheet that was read.

    `types` says for each name which column of the parts it is and its type over all of them, as in `c3 BIGINT`.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    parts: tuple[Part, ...]
    rows: int
    header: str
    warnings: tuple[str, ...]

    def saved(self) -> dict[str, object]:
        """As the cache keeps it."""
        return asdict(self)

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> "SheetData":
        """What was saved, as it was."""
        return cls(
            names=tuple(saved["names"]),
            types=tuple(saved["types"]),
            parts=tuple(Part(part["file"], tuple(part["types"])) for part in saved["parts"]),
            rows=saved["rows"],
            header=saved["header"],
            warnings=tuple(saved["warnings"]),
        )
