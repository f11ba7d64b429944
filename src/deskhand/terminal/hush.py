"""A terminal that does not repeat what is typed while the screen moves."""

import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def hushed() -> Generator[None]:
    """Keys typed inside are kept for the next prompt and not shown; Ctrl-C stays a signal."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    quiet = termios.tcgetattr(sys.stdin)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
