"""Where the person types a message: history, several lines, completion, and a line below that says how things stand."""

from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

_STYLE = Style.from_dict({"bottom-toolbar": "noreverse ansibrightblack", "prompt": "bold"})


class MessagePrompt:
    """Enter sends; Alt-Enter begins a new line, and pasted lines stay one message."""

    def __init__(
        self,
        history: Path,
        completer: Completer,
        toolbar: Callable[[], str],
        *,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        history.touch(mode=0o600)
        self._session: PromptSession[str] = PromptSession(
            "› ",
            multiline=True,
            prompt_continuation="  ",
            history=FileHistory(str(history)),
            completer=completer,
            complete_while_typing=True,
            key_bindings=_keys(),
            bottom_toolbar=lambda: FormattedText([("class:bottom-toolbar", toolbar())]),
            style=_STYLE,
            reserve_space_for_menu=6,
            input=input,
            output=output,
        )

    async def read(self) -> str:
        """The next message.

        Raises:
            EOFError: Ctrl-D on an empty line.
            KeyboardInterrupt: Ctrl-C.
        """
        return await self._session.prompt_async(handle_sigint=False)  # the signal is the chat's, the key is ours


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
