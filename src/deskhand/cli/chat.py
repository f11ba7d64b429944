"""`deskhand chat` and `deskhand ask`: talk to the assistant.

What takes long to import is imported when a command runs, so that `--help` is instant.
"""

import sys
from collections.abc import Callable, Sequence

import click

from deskhand.cli.options import AskRequest, ChatRequest, as_one, assistant_options
from deskhand.cli.standard_input import NOTHING_CAME, WAITING, piped, whole
from deskhand.errors import SettingsError
from deskhand.settings import Settings, load
from deskhand.terminal.hush import hushed


@click.command()
@assistant_options
@click.option("--resume", metavar="ID", help="Continue a conversation: its id, the beginning of it, or 'latest'.")
@as_one(ChatRequest)
def chat(request: ChatRequest) -> None:
    """Chat in the terminal with an LLM that has hands.

    The tools are Deskhand's own and those of the servers in mcp.json (`deskhand servers`). What writes, destroys or
    leaves this machine asks you first. Type /help in the chat.

    Exit codes: 0 you left, 2 wrong usage or settings, 4 no model.
    """
    settings = _settings(request.model)
    if sys.stdout.isatty():
        click.echo("Starting…\r", nl=False)  # the imports take a moment, and the greeting covers it
    with hushed():
        import anyio

        from deskhand.cli.talk import converse

        _log(settings)
        sys.exit(_until_interrupted(lambda: anyio.run(converse, settings, request)))


def _only_a_dash(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value not in (None, "-"):
        raise click.UsageError("The question is one argument: put it in quotes. After it, only a - may stand.")
    return value


@click.command()
@click.argument("question", required=False)
@click.argument("source", metavar="[-]", required=False, callback=_only_a_dash)
@assistant_options
@click.option("--json", "as_json", is_flag=True, help="Print every event as a JSON line instead of the answer.")
@click.option(
    "--approve",
    "rules",
    multiple=True,
    metavar="RULE",
    help="Allow calls beforehand: a tool's name, 'file_*', 'server:NAME' or 'read-only'; repeatable.",
)
@click.option("--attach", "attached", multiple=True, metavar="FILE|URI", help="Show a file or resource; repeatable.")
@click.option("--conversation", metavar="ID", help="Continue a conversation: its id, or 'latest'.")
@as_one(AskRequest)
def ask(request: AskRequest) -> None:
    """Ask one question and exit. The answer goes to standard output, progress to standard error.

    Without QUESTION, or with -, it is read from standard input. With one, what is piped in is shown along with it: a
    pipe that gives nothing for 30 seconds is an error, unless a - after the question says to wait for all of it.

    Nobody is asked for approval: what --approve or host.approve does not allow is not done.

    Exit codes: 0 answered, 1 failed, 2 wrong usage or settings, 3 a call was not allowed, 4 no model, 130 cancelled.
    """
    question, context = _asked(request)
    if not question.strip():
        raise click.UsageError('Ask something: deskhand ask "…", or pipe it in.')
    settings = _settings(request.model, request.rules)
    import anyio

    from deskhand.cli.one_shot import answer

    _log(settings)
    sys.exit(_until_interrupted(lambda: anyio.run(answer, settings, request, question.strip(), context)))


def _asked(request: AskRequest) -> tuple[str, str]:
    """The question, and what is shown along with it."""
    if not request.question:
        return ("" if sys.stdin is None or sys.stdin.isatty() else whole(sys.stdin)), ""
    if request.question == "-":
        return whole(sys.stdin), ""
    if request.source is not None:
        return request.question, whole(sys.stdin)
    context = piped(sys.stdin, lambda: click.echo(WAITING, err=True))
    if context is None:
        raise click.UsageError(NOTHING_CAME)
    return request.question, context


def _log(settings: Settings) -> None:
    from deskhand.cli.logs import log_to_file

    try:
        log_to_file(settings.data_dir / "chat.log", settings.log_level)
    except SettingsError as error:
        raise click.UsageError(error.message) from error


def _until_interrupted(run: Callable[[], int]) -> int:
    """Ctrl-C where nothing else takes it ends the program without a traceback."""
    try:
        return run()
    except KeyboardInterrupt:
        return 130


def _settings(model: str | None, rules: Sequence[str] = ()) -> Settings:
    """The settings with the options of the command line; rules come on top of those in the settings."""
    try:
        settings = load(overrides={"model": {"name": model}} if model else None).settings
        if not rules:
            return settings
        host = settings.host.model_copy(update={"approve": (*settings.host.approve, *rules)})
        return settings.model_copy(update={"host": host})
    except SettingsError as error:
        raise click.UsageError(error.message) from error
