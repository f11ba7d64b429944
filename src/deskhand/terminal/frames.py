"""A JSON-RPC message as a line: which way, over what, which kind, how large, how long it took."""

from rich.text import Text

from deskhand.host.events import Frame
from deskhand.terminal.printable import one_line

_COLOURS = {"request": "cyan", "response": "green", "error": "red", "notification": "magenta"}


def frame_line(frame: Frame) -> Text:
    """`12:00:00.123 → deskhand http request tools/call #3 512 B`; a response also says its milliseconds."""
    clock = frame.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
    arrow = "→" if frame.direction == "sent" else "←"
    answered = "" if frame.milliseconds is None else f" {frame.milliseconds:.1f} ms"
    number = "" if frame.rpc_id is None else f" #{one_line(frame.rpc_id, 20)}"
    return Text.assemble(
        (f"{clock} {arrow} {one_line(frame.server, 40)} {frame.transport} ", "dim"),
        (frame.kind, _COLOURS[frame.kind]),
        f" {one_line(frame.method, 60)}{number}",
        (f" {frame.size:,} B{answered}{_detail(frame)}", "dim"),
    )


def _detail(frame: Frame) -> str:
    """What a person looks for first: the tool's name, or the error's text."""
    message = frame.message
    if not isinstance(message, dict):
        return ""
    error, parameters = message.get("error"), message.get("params")
    if isinstance(error, dict):
        return f" {one_line(str(error.get('message', '')), 80)}"
    name = parameters.get("name") or parameters.get("uri") if isinstance(parameters, dict) else None
    return f" {one_line(name, 60)}" if isinstance(name, str) else ""
