"""The command line: the only place that builds Settings and wires objects together.

Each command lives in its own module and is imported when it runs, so `deskhand --help` stays instant.
"""

from importlib import import_module

import click

from deskhand import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("deskhand.cli.serve:up", "Start the server on this machine and print how to connect."),
    "link": ("deskhand.cli.link:link", "Print a one-time link to the page that runs here, for another browser."),
    "demo": ("deskhand.cli.demo:demo", "See the whole loop work: a scripted model, real tools over real HTTP."),
    "chat": ("deskhand.cli.chat:chat", "Chat in the terminal with an LLM that has hands."),
    "ask": ("deskhand.cli.chat:ask", "Ask one question and exit; --json for event lines."),
    "serve": ("deskhand.cli.serve:serve", "Run the MCP server: Streamable HTTP and SSE, or --stdio."),
    "install": ("deskhand.cli.install:install", "Add Deskhand to Claude Desktop, Claude Code, Cursor or VS Code."),
    "servers": ("deskhand.cli.servers:servers", "List, add, remove and import the MCP servers the host drives."),
    "accounts": ("deskhand.cli.accounts:accounts", "Connect mail and calendar accounts, test and list them."),
    "approve": ("deskhand.cli.approve:approve", "Decide what waits for your yes: mails, meetings, rules."),
    "approvals": ("deskhand.cli.approvals:approvals", "List lasting approvals of the chat, and take them back."),
    "conversations": ("deskhand.cli.conversations:conversations", "List, show, export and delete conversations."),
    "memory": ("deskhand.cli.memory:memory", "Look at, take along and erase what is remembered."),
    "token": ("deskhand.cli.token:token", "Create, list and revoke bearer tokens."),
    "db": ("deskhand.cli.database:db", "Show the state of the database, and upgrade it."),
    "backup": ("deskhand.cli.backup:backup", "Copy everything from the database into one file."),
    "restore": ("deskhand.cli.backup:restore", "Check a backup, and put it back; also into the other engine."),
    "settings": ("deskhand.cli.settings:settings", "Show the effective settings and where each comes from."),
    "embeddings": ("deskhand.cli.embeddings:embeddings", "Show and install what finds things said in other words."),
    "trace": ("deskhand.cli.trace:trace", "Watch every JSON-RPC message to and from a server."),
    "faults": ("deskhand.cli.faults:faults", "Put the host through the fault suite, without an LLM."),
    "new-toolset": ("deskhand.cli.toolset:new_toolset", "Start a toolset of your own from a working one."),
    "check": ("deskhand.cli.toolset:check", "Hold a toolset to the rules."),
    "docs": ("deskhand.cli.docs:docs", "Write, or with --check verify, the generated parts of the docs."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' one-line help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was asked for."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="deskhand")
def cli() -> None:
    """Hands for AI assistants: an MCP server that does real work, and a host that drives it."""
