"""What Tab proposes in a chat."""

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from deskhand.terminal.app import ChatApp
from deskhand.terminal.face import completer_of


async def completed(app: ChatApp, typed: str) -> list[str]:
    """What could follow, in order."""
    found = completer_of(app).get_completions_async(Document(typed), CompleteEvent())
    return [completion.text async for completion in found]
