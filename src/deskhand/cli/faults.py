"""`deskhand faults`: put the host through everything that goes wrong, without an LLM."""

import sys
from collections.abc import Sequence

import click

from deskhand.errors import NotFound


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as the scenarios end.")
@click.option("--markdown", is_flag=True, help="A Markdown table, without the times.")
def faults(names: Sequence[str], *, as_json: bool, markdown: bool) -> None:
    """Put the host through the fault suite, without an LLM.

    The connections, the servers (in processes of their own) and the model's endpoint are real; what they do is
    scripted. Without names, every scenario is played.

    Exit codes: 0 every scenario passed, 1 one did not.
    """
    import anyio
    from rich.console import Console

    from deskhand.faults.report import show_json, show_markdown, show_table
    from deskhand.faults.suite import chosen

    try:
        scenarios = chosen(names)
    except NotFound as error:
        raise click.UsageError(error.message) from error
    if as_json or markdown:
        passed = anyio.run(show_json if as_json else show_markdown, scenarios, click.echo)
    else:
        passed = anyio.run(show_table, scenarios, Console())
    sys.exit(0 if passed else 1)
