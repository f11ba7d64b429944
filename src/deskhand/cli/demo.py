"""`deskhand demo`: the whole loop at work, without an LLM, a key or a network."""

import sys

import click


@click.command()
@click.option("--trace", is_flag=True, help="Show every JSON-RPC message to and from the server.")
def demo(*, trace: bool) -> None:
    """See the whole loop work: a scripted model, real tools over real HTTP.

    The model is a script, not an LLM. The rest is real: a server in a process of its own on 127.0.0.1, with a token;
    the host that drives it; files in a temporary folder, which is removed at the end. No key and no network is needed.

    Exit codes: 0 every step truly worked, 1 one did not.
    """
    import anyio

    from deskhand.cli.demo_run import run

    sys.exit(0 if anyio.run(run, trace) else 1)
