"""Asking again, after a restart, what nobody answered: the conversations where something waits are gone on with."""

import logging

from deskhand.errors import DeskhandError, NotFound
from deskhand.web.desk import Desk

_log = logging.getLogger(__name__)


async def resume_questions(desk: Desk) -> None:
    """Open the conversations that wait for an answer; opened, they ask again. Without a model, nothing can go on."""
    if desk.around.model is None:
        return
    for row in await desk.questions.rows():
        try:
            room = await desk.room(row.conversation)
        except NotFound:
            await desk.questions.remove(row.id)
        except DeskhandError:  # such as a database that is busy: the next start, or opening it, tries again
            _log.warning("A conversation that waits for an answer could not be opened", exc_info=True)
        else:
            # its calls were answered, but the process ended before that was kept
            if not room.busy and not room.conversation.waiting:
                await desk.questions.remove(row.id)
