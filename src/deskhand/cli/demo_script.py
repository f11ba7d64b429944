"""What the demo's model says: a script, not an LLM. It reads what the tools really gave, as an LLM would."""

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from typing import cast

from pydantic import JsonValue

from deskhand.context.message import Text, ToolResult
from deskhand.models.model import ModelFailed, Request
from deskhand.models.script import ScriptedCall, Step
from deskhand.models.scripted import StepSource

COUNTERS = ("123456789012345678901234567890", "987654321098765432109876543210")
FILES = {
    "notes/meeting.md": f"# Meeting\n\nThe first counter stood at {COUNTERS[0]},\nthe second at {COUNTERS[1]}.\n",
    "sales.csv": "region,month,revenue\nNorth,May,1250.50\nSouth,May,980.25\nNorth,June,1431.75\nSouth,June,1102.00\n",
    "report.md": "# Report\n\nTo be written.\n",
}
"""The workspace of the demo."""

QUESTIONS = (
    "What is in my workspace, and is there any weather to mind in California?",
    "Multiply the two counters in the meeting notes, exactly.",
    "Remember that I like my reports short.",
    "Add up the sales by region and put the result into report.md.",
)
"""What the person says, one turn each."""
PREFERENCE = "I like my reports short."
AS_REMEMBERED = "It is short, as you like it."
"""Said only when the profile with the preference came with the request."""


def steps(delay: float) -> list[StepSource]:
    """The script; `delay` is the time between two pieces of text, in seconds."""

    def paced(make: Callable[[Request], Step]) -> Callable[[Request], Step]:
        def step(request: Request) -> Step:
            try:
                return make(request).model_copy(update={"delay": delay})
            except (LookupError, ValueError) as error:
                raise ModelFailed("The tools gave something else than the script can work with.") from error

        return step

    return [
        paced(make)
        for make in (_look, _tell, _misspell, _correct, _multiply, _product, _save, _saved, _read, _write, _done)
    ]


def totals(table: str) -> dict[str, str]:
    """Revenue by region, of a CSV table."""
    sums: dict[str, float] = {}
    for row in csv.DictReader(StringIO(table)):
        sums[row["region"]] = sums.get(row["region"], 0) + float(row["revenue"])
    return {region: f"{value:.2f}" for region, value in sums.items()}


def report(table: str) -> str:
    """The report that the demo writes."""
    lines = [f"- {region}: {total}" for region, total in totals(table).items()]
    return "\n".join(["# Sales by region", "", *lines, ""])


def _look(_request: Request) -> Step:
    return Step(
        text="I look at both at the same time.",
        calls=(
            ScriptedCall(name="file_find", arguments={"kind": "file"}),
            ScriptedCall(name="get_alerts", arguments={"state": "CA"}),
        ),
    )


def _tell(request: Request) -> Step:
    uris = [each["uri"] for each in _rows(request, "file_find", "files")]
    worst = [each["event"] for each in _rows(request, "get_alerts", "alerts")]
    lines = [f"- `{uri}`" for uri in uris]
    return Step(
        text="\n".join(
            ["Your workspace holds:", "", *lines, "", f"Weather: **{worst[0]}** is the worst of {len(worst)}."]
        )
    )


def _misspell(_request: Request) -> Step:
    return Step(text="I read the notes.", calls=(_reading("file:///notes/meting.md"),))


def _correct(request: Request) -> Step:
    """The tool's error names the nearest file, and that one is read."""
    near = re.findall(r"Did you mean (\S+)\?", _texts(request)["file_read"])[0]
    return Step(text="I take the name it proposes.", calls=(_reading(f"file:///{near}"),))


def _multiply(request: Request) -> Step:
    a, b = re.findall(r"\d{30}", str(_structure(request, "file_read")["content"]))[:2]
    return Step(calls=(ScriptedCall(name="multiply", arguments={"a": a, "b": b}),))


def _product(request: Request) -> Step:
    return Step(text=f"Their product is `{_structure(request, 'multiply')['product']}`, to the last digit.")


def _save(_request: Request) -> Step:
    return Step(calls=(ScriptedCall(name="save_memory", arguments={"text": PREFERENCE, "kind": "preference"}),))


def _saved(_request: Request) -> Step:
    return Step(text="I will know it in every conversation from now on.")


def _read(_request: Request) -> Step:
    return Step(text="First the table.", calls=(_reading("file:///sales.csv"),))


def _write(request: Request) -> Step:
    content = report(str(_structure(request, "file_read")["content"]))
    arguments: dict[str, JsonValue] = {"uri": "file:///report.md", "content": content}
    return Step(text="Now the report.", calls=(ScriptedCall(name="file_write", arguments=arguments),))


def _done(request: Request) -> Step:
    remembered = f"{AS_REMEMBERED} " if PREFERENCE in request.messages[0].text else ""
    return Step(text=f"The report is written. {remembered}The old one is in the trash, so nothing is lost.")


def _reading(uri: str) -> ScriptedCall:
    return ScriptedCall(name="file_read", arguments={"uri": uri})


def _texts(request: Request) -> dict[str, str]:
    """What the tools gave since the model last spoke, by the tool's name; parallel calls answer in any order."""
    texts: dict[str, str] = {}
    for message in reversed(request.messages):
        if message.role != "tool":
            break
        for result in message.content:
            if isinstance(result, ToolResult):
                texts[result.name] = "\n".join(part.text for part in result.content if isinstance(part, Text))
    return texts


def _structure(request: Request, tool: str) -> dict[str, JsonValue]:
    """The structured content of a result: the server sends it as text too, on the last line."""
    return cast("dict[str, JsonValue]", json.loads(_texts(request)[tool].rstrip().split("\n")[-1]))


def _rows(request: Request, tool: str, key: str) -> list[dict[str, JsonValue]]:
    return cast("list[dict[str, JsonValue]]", _structure(request, tool)[key])
