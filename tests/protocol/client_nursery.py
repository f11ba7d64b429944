"""Clients for the conformance suite, each a process of its own, forked from one that has imported everything.

The suite starts a command per scenario, all at once, and importing the SDK costs more than a second each.

    python client_nursery.py SOCKET             the nursery: listens until it is terminated
    python client_nursery.py SOCKET raise URL   what the suite runs: has a client forked, and passes on what it prints
"""

import json
import os
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

CONTEXT = "MCP_CONFORMANCE_CONTEXT"
END = "\nexit code: "


def raise_one(path: str, url: str) -> int:
    """Ask the nursery for a client of `url`; its output is ours, and so is its exit code."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        with line.makefile("rw", encoding="utf-8") as talk:
            talk.write(json.dumps({"url": url, "context": os.environ.get(CONTEXT) or "{}"}) + "\n")
            talk.flush()
            output, _, code = talk.read().rpartition(END)
    print(output)
    return int(code)


def nurse(path: str) -> None:
    """Fork a client for each that asks."""
    import anyio  # the other side of this file must not wait for imports
    from tests.protocol.client_under_test import run

    def live(line: socket.socket) -> None:
        with line.makefile("r", encoding="utf-8") as talk, TemporaryDirectory() as folder:
            asked = json.loads(talk.readline())
            os.dup2(line.fileno(), sys.stdout.fileno())
            os.dup2(line.fileno(), sys.stderr.fileno())
            code = anyio.run(run, asked["url"], json.loads(asked["context"]), Path(folder))
            print(f"{END}{code}", flush=True)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(128)
        while True:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                live(line)
                os._exit(0)
            line.close()


if __name__ == "__main__":
    if sys.argv[2:3] == ["raise"]:
        sys.exit(raise_one(sys.argv[1], sys.argv[3]))
    nurse(sys.argv[1])
