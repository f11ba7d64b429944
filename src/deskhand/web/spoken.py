"""What a person typed, made ready to be said: all that it attaches is read before the message counts as sent."""

from deskhand.errors import DeskhandError, InvalidInput
from deskhand.host.attachments import Spoken, most_tokens, with_attachments
from deskhand.host.mention_words import names_resources
from deskhand.models.model import Model
from deskhand.web.desk import Desk
from deskhand.web.room import READY_SECONDS


async def spoken_of(desk: Desk, text: str) -> str | Spoken:
    """The text, with the resources it names.

    Raises:
        InvalidInput: one of them cannot be read. Nothing is said then, and the page keeps the text.
    """
    model = desk.around.model
    if model is None or not names_resources(text):
        return text
    await desk.ready_servers(READY_SECONDS)  # one of them may have it
    return await _with_resources(desk, model, text)


async def _with_resources(desk: Desk, model: Model, text: str) -> Spoken:
    attachments, unknown = await desk.mentions.mentioned(text)
    limit = most_tokens(desk.around.settings.host.output_tokens, model.context_window)
    try:
        message, outputs = await with_attachments(text, attachments, desk.connections, limit)
    except DeskhandError as error:
        raise InvalidInput(
            f"This was not sent, because what it attaches cannot be read: {error.message} "
            "Take the address out, or send it again later."
        ) from error
    notes = tuple(f"No server has {uri}; it stays as text." for uri in unknown)
    return Spoken((message,), tuple(outputs), notes)
