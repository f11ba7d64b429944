"""MCP over standard input and output: one client, the one that started this process."""

import os
import signal
from contextlib import suppress

import anyio
from mcp.server.stdio import stdio_server

from deskhand.server.build import DeskhandServer
from deskhand.server.lines import standard_input


async def serve_stdio(server: DeskhandServer) -> None:
    """Serve until the client closes standard input, or SIGTERM or SIGINT asks to stop.

    Standard output carries the protocol and nothing else: while this runs, the SDK sends whatever else is printed
    there to standard error.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, server)
        with standard_input() as lines:
            async with stdio_server(stdin=lines) as (incoming, outgoing):
                lines.answer = outgoing.send
                await server.sdk.run(incoming, outgoing, server.sdk.create_initialization_options())
        tasks.cancel_scope.cancel()


async def _stop_on_signal(server: DeskhandServer) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            await server.finish(1)
            # A thread waits in read(); only the end of its input, or of the process, wakes it.
            with suppress(OSError):
                os.close(0)
            os._exit(0)
