"""The jobs that answer SQL: its first rows, or all of them as a file."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from deskhand.errors import InvalidInput, LimitExceeded
from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.work import Work

_FORMATS = {"csv": "FORMAT csv, HEADER true", "parquet": "FORMAT parquet, COMPRESSION zstd"}


def query(work: Work, arguments: Mapping[str, object]) -> Reply:
    """The first `max_rows` of what `sql` selects, as an `Answer`."""
    return Reply(asdict(work.ask(str(arguments["sql"]), cast(int, arguments["max_rows"]))))


def export(work: Work, arguments: Mapping[str, object]) -> Reply:
    """All that `sql` selects as the bytes of a file in `format`; `data` has the number of `rows`.

    Raises:
        InvalidInput: no such format.
        LimitExceeded: the file would be larger than the limit.
    """
    sql, options = str(arguments["sql"]), _FORMATS.get(str(arguments["format"]))
    if not options:
        raise InvalidInput(f"The format is one of {', '.join(_FORMATS)}.")
    with tempfile.TemporaryFile(dir=work.folder()) as file:
        rows = work.patiently(lambda: work.copied(sql, options, file.fileno()))
        size = os.fstat(file.fileno()).st_size
        if size > work.limits.export_bytes:
            raise LimitExceeded(
                f"The result has {size // 1024**2} MiB, more than the {work.limits.export_bytes // 1024**2} MiB of a "
                "result file. Select fewer columns or rows, or take format=parquet, which is smaller."
            )
        return Reply({"rows": rows}, os.pread(file.fileno(), size, 0))
