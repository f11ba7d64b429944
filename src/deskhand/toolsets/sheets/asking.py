"""The jobs that answer SQL: its first rows, or all of them as a file."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from deskhand.errors import InvalidInput
from deskhand.toolsets.sheets.answering import ask_and_keep, check_size
from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.work import Work

_FORMATS = {"csv": "FORMAT csv, HEADER true", "parquet": "FORMAT parquet, COMPRESSION zstd"}


def query(work: Work, arguments: Mapping[str, object]) -> Reply:
    """The first `max_rows` of what `sql` selects as `answer`; with `keep` all rows as CSV, or the `problem`."""
    answer, kept, problem = ask_and_keep(
        work, str(arguments["sql"]), cast(int, arguments["max_rows"]), is_kept=bool(arguments.get("keep"))
    )
    return Reply({"answer": asdict(answer), "problem": problem}, kept)


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
        rows, _ = work.patiently(lambda: work.copied(sql, options, file.fileno()))
        size = os.fstat(file.fileno()).st_size
        check_size(size, work.limits.export_bytes)
        return Reply({"rows": rows}, os.pread(file.fileno(), size, 0))
