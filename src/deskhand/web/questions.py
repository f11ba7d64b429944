"""Answering what waits on the page: approvals, forms and pages that a server wants visited."""

from collections.abc import Callable
from typing import Literal, cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from deskhand.errors import Conflict, Denied, DeskhandError, InvalidInput, NotFound
from deskhand.host.human import FormAnswer
from deskhand.web.desk import Desk
from deskhand.web.form_reading import Errors, read
from deskhand.web.page import pages_of
from deskhand.web.question_answers import Reading
from deskhand.web.question_cards import CallCard
from deskhand.web.question_forms import content_of
from deskhand.web.tray import Question
from deskhand.web.visit import visit_of

_AWAY = {"HX-Reswap": "delete"}
"""The card goes from the page that answered at once, and from the others when the feed tells them."""
_MOST_FIELDS = 10_000
"""Three for each call on a card."""

Answering = Callable[[Desk, Question, FormData], Response | None]
"""Answers a question; a response where it is to be asked again."""


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        Route("/questions/{id}/calls", _decided, methods=["POST"]),
        Route("/questions/{id}/form", _filled, methods=["POST"]),
        Route("/questions/{id}/calls/{number:int}", _beginning),
        Route("/questions/{id}/calls/{number:int}/arguments", _arguments),
        Route("/questions/{id}/calls/{number:int}/edit", _edit),
    ]


async def _decided(request: Request) -> Response:
    def answer(desk: Desk, question: Question, posted: FormData) -> Response | None:
        if not question.approvals:
            raise InvalidInput("This is a form, not a call to be allowed. Load the page again.")
        given = {name: value for name, value in posted.items() if isinstance(value, str)}
        reading = Reading(question.approvals, given, desk.connections.tools())
        decisions = reading.decisions()
        if reading.entry.errors:
            return _again(request, question, entry=reading.entry)
        desk.tray.answer(question.id, decisions)
        return None

    return await _answered(request, answer)


async def _filled(request: Request) -> Response:
    def answer(desk: Desk, question: Question, posted: FormData) -> Response | None:
        action = posted.get("action")
        if question.form is None or action not in ("accept", "decline", "cancel"):
            raise InvalidInput("Choose one of the buttons of the form.")
        if action != "accept":
            desk.tray.answer(question.id, FormAnswer(cast(Literal["decline", "cancel"], action)))
        elif question.form.url is not None:
            question.form.must_open()
            desk.tray.answer(question.id, FormAnswer("accept"))
        else:
            filled = read(question.form.form(question.id), posted)
            if isinstance(filled, Errors):
                return _again(request, question, filled=filled.form)
            desk.tray.answer(question.id, FormAnswer("accept", content_of(filled.values)))
        return None

    return await _answered(request, answer)


async def _answered(request: Request, answer: Answering) -> Response:
    desk = await pages_of(request).desk(request)
    async with request.form(max_fields=_MOST_FIELDS) as posted:
        try:
            again = answer(desk, _question(desk, request, "conversations:write"), posted)
        except (Conflict, NotFound) as error:
            return _late(request, error)
    return again or Response(headers=_AWAY)


def _question(desk: Desk, request: Request, scope: str) -> Question:
    """The one that is meant. One of a conversation needs the `scope` that the conversation does.

    Raises:
        Conflict, NotFound: see `Tray.question`.
        Denied: the visit lacks the scope.
    """
    question = desk.tray.question(request.path_params["id"])
    if question.conversation and not visit_of(request).principal.may(scope):
        raise Denied(
            f"This question is of a conversation, and needs the scope {scope}, which your token does not have."
        )
    return question


def _late(request: Request, error: DeskhandError) -> Response:
    """Somebody was faster: say so, and take the card away."""
    toast = pages_of(request).draw.fragment("toast.html", message=error.message, status=409)
    return HTMLResponse(toast, 409, headers=_AWAY)


def _again(request: Request, question: Question, **kept: object) -> Response:
    html = pages_of(request).draw.fragment("question.html", question=question, gone=False, **kept)
    return HTMLResponse(html, 422)


async def _beginning(request: Request) -> Response:
    return await _part(request, "questions/call_arguments.html")


async def _arguments(request: Request) -> Response:
    return await _part(request, "questions/arguments.html", whole=True)


async def _edit(request: Request) -> Response:
    return await _part(request, "questions/edit.html")


async def _part(request: Request, template: str, *, whole: bool = False) -> Response:
    desk = await pages_of(request).desk(request)
    question = _question(desk, request, "conversations:read")
    card = _card(question, request.path_params["number"])
    return pages_of(request).fragment(
        template,
        question=question,
        card=card,
        shown=card.whole if whole else card.beginning,
        place=f"question-{question.id}-{card.number}",
        entry=None,
    )


def _card(question: Question, number: int) -> CallCard:
    cards = question.cards
    if number >= len(cards):
        raise NotFound("This card has no such call. Load the page again.")
    return cards[number]
