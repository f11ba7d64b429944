"""What the demo's model says: a script, not an LLM. It reads what the tools really gave, as an LLM would."""

from collections.abc import Callable

from pydantic import JsonValue

from deskhand.cli import demo_office
from deskhand.cli.demo_results import earlier, lists, rows
from deskhand.models.model import ModelFailed, Request
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import StepSource

FILES = {
    "notes/meeting.md": "# Meeting\n\nBob sends the figures of the third quarter.\n",
    "report.md": "# Report\n\nTo be written.\n",
}
"""The workspace of the demo."""

QUESTIONS = (
    "What is in my workspace, and is there any weather to mind in California?",
    "Remember that I like my reports short.",
    *demo_office.QUESTIONS,
    "Add up the revenue by region and put the totals into report.md.",
)
"""What the person says, one turn each."""
PREFERENCE = "I like my reports short."
AS_REMEMBERED = "It is short, as you like it."
"""Said only when the profile with the preference came with the request."""
TOTALS = {"North": "108,260", "South": "112,025"}
"""What the sample workbook really adds up to."""


def steps(delay: float) -> list[StepSource]:
    """The script; `delay` is the time between two pieces of text, in seconds."""

    def paced(make: Callable[[Request], Step]) -> Callable[[Request], Step]:
        def step(request: Request) -> Step:
            try:
                return make(request).model_copy(update={"delay": delay})
            except (LookupError, ValueError) as error:
                raise ModelFailed("The tools gave something else than the script can work with.") from error

        return step

    beginning = (_look, _tell, _save, _saved)
    mail = (demo_office.search, demo_office.read, demo_office.told)
    figures = (demo_office.save, demo_office.inspect, demo_office.chart, demo_office.drawn)
    meeting = (demo_office.find_times, demo_office.schedule, demo_office.scheduled)
    reply = (demo_office.answer, demo_office.answered)
    return [paced(make) for make in (*beginning, *mail, *figures, *meeting, *reply, _add_up, _write, _done)]


def report(totals: dict[str, str]) -> str:
    """The report that the demo writes."""
    lines = [f"- {region}: {total}" for region, total in totals.items()]
    return "\n".join(["# Revenue by region", "", *lines, ""])


def _look(_request: Request) -> Step:
    return Step(
        text="I look at both at the same time.",
        calls=(
            ScriptedCall(name="file_find", arguments={"kind": "file"}),
            ScriptedCall(name="get_alerts", arguments={"state": "CA"}),
        ),
    )


def _tell(request: Request) -> Step:
    uris = [each["uri"] for each in rows(request, "file_find", "files")]
    worst = [each["event"] for each in rows(request, "get_alerts", "alerts")]
    lines = [f"- `{uri}`" for uri in uris]
    return Step(
        text="\n".join(
            ["Your workspace holds:", "", *lines, "", f"Weather: **{worst[0]}** is the worst of {len(worst)}."]
        )
    )


def _save(_request: Request) -> Step:
    return Step(calls=(ScriptedCall(name="save_memory", arguments={"text": PREFERENCE, "kind": "preference"}),))


def _saved(_request: Request) -> Step:
    return Step(text="I will know it in every conversation from now on.")


def _add_up(request: Request) -> Step:
    found = earlier(request, "sheet_inspect")
    table = found["table"]
    assert isinstance(table, dict)
    sql = f'SELECT Region, sum(Revenue) AS total FROM "{table["name"]}" GROUP BY Region ORDER BY Region'
    arguments: dict[str, JsonValue] = {"sql": sql, "files": [found["file"]]}
    return Step(calls=(ScriptedCall(name="sheet_query", arguments=arguments),))


def _write(request: Request) -> Step:
    totals = {str(region): f"{int(str(total)):,}" for region, total in lists(request, "sheet_query", "rows")}
    arguments: dict[str, JsonValue] = {"uri": "file:///report.md", "content": report(totals)}
    return Step(text="Now the report.", calls=(ScriptedCall(name="file_write", arguments=arguments),))


def _done(request: Request) -> Step:
    remembered = f"{AS_REMEMBERED} " if PREFERENCE in request.messages[0].text else ""
    return Step(text=f"The report is written. {remembered}The old one is in the trash, so nothing is lost.")
