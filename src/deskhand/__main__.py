"""`python -m deskhand` and the `deskhand` command."""

import atexit
import errno
import gc
import io
import os
import sys
from typing import NoReturn

INTERRUPTED, BROKEN_PIPE = 130, 141
"""128 and the number of the signal, as shells count: SIGINT, SIGPIPE."""
UNWRITTEN = 1
"""As click ends after errors of ours."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Of errors: the disk, the person's share of it or the file is full."""
COLLECT_AFTER = 10_000
"""New objects before garbage is looked for. Imports make many that all stay: with Python's 700, looking for garbage
among them is a fifth of the time that `deskhand serve` takes to start."""


def main() -> None:
    """Run the command line. Ctrl-C, a reader that leaves (`| head -1`) and a full disk end it without a traceback."""
    try:
        _replace_closed_streams()
        _spare_narrow_encodings()
        gc.set_threshold(COLLECT_AFTER)
        atexit.register(gc.freeze)  # Python looks for garbage again as it ends, in all there is: 0.2 to 0.7 s
        from deskhand.cli import cli  # here, so that a Ctrl-C while it is imported is caught as well

        try:
            cli(prog_name="deskhand")
        finally:
            sys.stdout.flush()  # here, where it can be told that it fails
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        _end_unwritten(error, BaseExceptionGroup("", [error]))
    except BaseExceptionGroup as group:
        _end_unwritten(group, group)


def _end_unwritten(raised: BaseException, group: BaseExceptionGroup) -> NoReturn:
    """End as what could not print all it had to; an error of another kind is raised."""
    if group.split(_is_unwritten)[1] is not None:
        raise raised
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still in the buffer
    if group.subgroup(BrokenPipeError) is not None:
        sys.exit(BROKEN_PIPE)
    sys.stderr.write("Error: Not all could be written: there is no room left for it.\n")
    sys.exit(UNWRITTEN)


def _is_unwritten(error: BaseException) -> bool:
    return isinstance(error, BrokenPipeError) or (isinstance(error, OSError) and error.errno in NO_ROOM)


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
