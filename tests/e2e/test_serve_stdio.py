"""What the server on standard input says to lines that are no messages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.protocol.server_process import environment

HELLO = (
    b'{"jsonrpc":"2.0","id":9,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
    b'"capabilities":{},"clientInfo":{"name":"test","version":"1"}}}'
)


@pytest.mark.parametrize("ends", [True, False])
def test_a_line_that_is_no_message_is_answered_on_standard_output(ends: bool, tmp_path: Path) -> None:
    lines = [
        b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":3,"method":"ping","params":{"a":1,"a":2}}',
        b'{"jsonrpc":"2.0","id":"four","method":"ping","params":{"a":"\\ud800"}}',
        b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
        b'{"jsonrpc":"2.0","id":5,"method":"ping","params":{"a":"\xff"}}',
        b'{"jsonrpc":"2.0","id":6,"result":{"a":1,"a":2}}',
        b"{",
        b"",
        b"[" * 100_000,
        b'[{"jsonrpc":"2.0","id":7,"method":"ping"}]',
        b'{"id":8,"method":"ping"}',
    ]
    given = b"\n".join([*lines, HELLO, b"" if ends else lines[-1]])
    done = subprocess.run(
        [sys.executable, "-m", "deskhand", "serve", "--stdio"],
        env=environment(tmp_path),
        cwd=tmp_path,
        input=given,
        capture_output=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    refused = [(answer["id"], answer["error"]["code"]) for answer in answers if "error" in answer]
    assert refused == [
        (None, -32700),
        (3, -32700),
        ("four", -32700),
        (None, -32700),
        (5, -32700),
        (None, -32700),
        (None, -32700),
        (None, -32700),
        (None, -32600),
        (8, -32600),
        *([] if ends else [(8, -32600)]),
    ]
    assert [answer["id"] for answer in answers if "result" in answer] == [9]
    assert done.returncode == 0
