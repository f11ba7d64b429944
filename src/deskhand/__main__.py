"""`python -m deskhand` and the `deskhand` command."""

import atexit
import gc
import io
import os
import sys

INTERRUPTED, BROKEN_PIPE = 130, 141
"""128 and the number of the signal, as shells count: SIGINT, SIGPIPE."""
COLLECT_AFTER = 10_000
"""New objects before garbage is looked for. Imports make many that all stay: with Python's 700, looking for garbage
among them is a fifth of the time that `deskhand serve` takes to start."""


def main() -> None:
    """Run the command line. Ctrl-C and a reader that leaves (`| head -1`) end it without a traceback."""
    try:
        _replace_closed_streams()
        _spare_narrow_encodings()
        gc.set_threshold(COLLECT_AFTER)
        atexit.register(gc.freeze)  # Python looks for garbage again as it ends, in all there is: 0.2 to 0.7 s
        from deskhand.cli import cli  # here, so that a Ctrl-C while it is imported is caught as well

        cli(prog_name="deskhand")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BaseExceptionGroup as group:  # a lone BrokenPipeError is click's
        if group.split(BrokenPipeError)[1] is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still in the buffer
        sys.exit(BROKEN_PIPE)


def _replace_closed_streams() -> None:
    """Let what the starter closed (`<&-`), as some supervisors do, be empty and take everything."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  # open until the process ends


def _spare_narrow_encodings() -> None:
    """Let `?` stand for what the encoding of the terminal or of the locale does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
