"""The verdicts as people and programs read them. Each function plays, shows, and tells whether all passed."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deskhand.faults.scenario import Scenario
from deskhand.faults.suite import Verdict, play


async def show_table(scenarios: Sequence[Scenario], console: Console) -> bool:
    """A table on the screen, with what is being played meanwhile."""
    verdicts: list[Verdict] = []
    with console.status(f"{scenarios[0].name} …") as status:
        async for verdict in play(scenarios):
            verdicts.append(verdict)
            if len(verdicts) < len(scenarios):
                status.update(f"{scenarios[len(verdicts)].name} …")
    table = Table(show_lines=True)
    table.add_column("")
    table.add_column("scenario", no_wrap=True)
    table.add_column("what goes wrong, and what must happen")
    table.add_column("ms", justify="right")
    for verdict in verdicts:
        table.add_row(*_row(verdict))
    console.print(table, _summary(verdicts))
    return _passed(verdicts)


def _row(verdict: Verdict) -> tuple[Text, Text, Text, Text]:
    """One line; a failure says what happened instead."""
    mark = Text("✓", style="green") if verdict.passed else Text("✗", style="bold red")
    text = Text(f"{verdict.injects}\n").append(verdict.must, style="dim")
    if verdict.detail:
        text.append(f"\n{verdict.detail}", style="red")
    return mark, Text(verdict.name), text, Text(f"{verdict.milliseconds:,}")


def _summary(verdicts: Sequence[Verdict]) -> Text:
    passed = sum(verdict.passed for verdict in verdicts)
    seconds = sum(verdict.milliseconds for verdict in verdicts) / 1_000
    style = "green" if _passed(verdicts) else "bold red"
    return Text(f"{passed} of {len(verdicts)} scenarios passed, in {seconds:.1f} s.", style=style)


async def show_json(scenarios: Sequence[Scenario], write: Callable[[str], None]) -> bool:
    """One JSON object a line, as the scenarios end."""
    verdicts: list[Verdict] = []
    async for verdict in play(scenarios):
        verdicts.append(verdict)
        write(verdict.model_dump_json())
    return _passed(verdicts)


async def show_markdown(scenarios: Sequence[Scenario], write: Callable[[str], None]) -> bool:
    """A table for the docs."""
    verdicts = [verdict async for verdict in play(scenarios)]
    write(markdown_table(verdicts))
    return _passed(verdicts)


def markdown_table(verdicts: Sequence[Verdict]) -> str:
    """The verdicts in Markdown, without the times, which are those of one machine."""
    lines = ["| scenario | what goes wrong | what must happen | it does |", "|---|---|---|---|"]
    for verdict in verdicts:
        held = "yes" if verdict.passed else f"no: {verdict.detail}"
        cells = (f"`{verdict.name}`", verdict.injects, verdict.must, held)
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines)


def _passed(verdicts: Sequence[Verdict]) -> bool:
    return all(verdict.passed for verdict in verdicts)
