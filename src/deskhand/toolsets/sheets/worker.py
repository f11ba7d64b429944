"""The worker process: takes jobs with open descriptors from a socket, under limits it cannot lift.

Started by `pool`. Arguments: the number of the socket's descriptor, and the settings as JSON. It holds no secret, has
an empty environment and knows no place but the folder of its cache.
"""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from deskhand.errors import DeskhandError
from deskhand.toolsets.sheets.given import Given
from deskhand.toolsets.sheets.jobs import job_named
from deskhand.toolsets.sheets.limits import Limits
from deskhand.toolsets.sheets.wire import NO_MEMORY, Frame, WireClosed, receive, send
from deskhand.toolsets.sheets.work import Places, Work

_GRACE = 10


def limit(limits: Limits) -> None:
    """Put this process under its limits; what a platform does not offer is left to the server's clock.

    The limit is on private writable memory (RLIMIT_DATA, which Linux counts for mappings too since 4.7), because
    address space is reserved far beyond what is used by allocators and threads.
    """
    import resource

    for what, value in (
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_AS, 4 * limits.memory),
        (resource.RLIMIT_FSIZE, limits.cache_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))


def perform(frame: Frame, descriptors: list[int], wire: socket.socket, places: Places, limits: Limits) -> None:
    """Do one job and answer it; the descriptors are closed after it."""
    with ExitStack() as stack:
        for descriptor in descriptors:
            stack.callback(os.close, descriptor)
        data = frame.data
        named = zip(descriptors, data["files"], strict=True)
        given = tuple(Given(number, file["name"], file["size"]) for number, file in named)
        signal.setitimer(signal.ITIMER_REAL, limits.read_seconds + data["seconds"] + _GRACE)
        try:
            tell = partial(send, wire)
            work = stack.enter_context(Work(given, tell, places, limits, data["seconds"]))
            reply = job_named(data["job"])(work, data["arguments"])
            send(wire, "R", reply.data, reply.blob)
        except DeskhandError as error:
            send(wire, "E", {"code": error.code, "message": error.message})
        except MemoryError:
            send(wire, "E", {"code": NO_MEMORY, "message": ""})
        except (WireClosed, BrokenPipeError):
            raise
        except Exception as error:  # a mistake of ours: its place goes to the log, no value of the file does
            trace = "".join(traceback.format_tb(error.__traceback__))
            send(wire, "E", {"code": "broken", "message": f"{type(error).__name__} in {data['job']}\n{trace}"})
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def main(arguments: list[str]) -> None:
    """Serve jobs until the server closes its end."""
    settings = json.loads(arguments[1])
    limits = Limits(**settings["limits"])
    places = Places(Path(settings["cache"]), Path(settings["scratch"]))
    limit(limits)
    gc.disable()  # it would look through millions of cells again and again; what is left is collected after each job
    with socket.socket(fileno=int(arguments[0])) as wire, suppress(WireClosed, BrokenPipeError, ConnectionError):
        while True:
            frame, descriptors = receive(wire)
            perform(frame, descriptors, wire, places, limits)
            gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
