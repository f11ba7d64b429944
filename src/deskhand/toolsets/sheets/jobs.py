"""The jobs the worker knows, by name. A job is `function(work: Work, arguments: Mapping[str, object]) -> Reply`.

They are imported when they are first asked for: a question does not pay for the drawing of charts.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from deskhand.toolsets.sheets.answers import Reply
from deskhand.toolsets.sheets.work import Work

Job = Callable[[Work, Mapping[str, object]], Reply]
_HERE = "deskhand.toolsets.sheets"
JOBS = {
    "inspect": "inspecting:inspect",
    "query": "asking:query",
    "export": "asking:export",
    "chart": "charting:draw",
    "write": "writing_job:write",
}
"""Names -> module of this package and function."""


def job_named(name: str) -> Job:
    """The function of a job.

    Raises:
        KeyError: there is no such job.
    """
    module, _, function = JOBS[name].partition(":")
    return cast(Job, getattr(import_module(f"{_HERE}.{module}"), function))
