"""An answer leaves at once: no part of it waits for the client to acknowledge another (Nagle's algorithm, RFC 896)."""

import socket

from deskhand.cli.serve import bind


def test_connections_to_the_server_do_not_hold_small_writes_back() -> None:
    with bind("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
