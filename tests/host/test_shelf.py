"""Which tools a model with a small window is offered, and how it comes to the others."""

import pytest
from desk import Desk, asks_for, giving, last, only, outcome_of

from deskhand.host.events import Notice, TurnFinished
from deskhand.host.shelf import Shelf
from deskhand.models.model import Request, ToolSpec
from deskhand.models.script import Step

pytestmark = pytest.mark.anyio

WORDS = {
    "email_send": "Send a mail to people.",
    "email_search": "Find mails by sender, subject and words.",
    "sheet_chart": "Draw a chart from the rows of a spreadsheet.",
    "get_forecast": "The weather forecast of a place.",
    "multiply": "Multiply two numbers exactly.",
}


def specs(padding: int = 400) -> list[ToolSpec]:
    return [ToolSpec(name, f"{text}\n{'x' * padding}", {"type": "object"}) for name, text in WORDS.items()]


def shelf(room: int) -> Shelf:
    made = Shelf(room)
    made.put(specs())
    return made


def names(offered: list[ToolSpec]) -> list[str]:
    return [tool.name for tool in offered]


def test_while_all_fit_all_are_offered_in_their_order() -> None:
    assert names(shelf(10_000).offered()) == list(WORDS)


def test_what_the_person_speaks_of_comes_first() -> None:
    small = shelf(250)
    small.wish("Please draw me a chart of the spreadsheet")
    assert "sheet_chart" in names(small.offered())
    assert len(small.offered()) == 2


def test_what_is_offered_never_costs_more_than_the_room() -> None:
    for room in (0, 100, 130, 260, 390, 520):
        assert len(shelf(room).offered()) <= room // 100


def test_what_was_found_is_offered_from_then_on() -> None:
    small = shelf(130)
    small.wish("multiply")
    assert "email_send" not in names(small.offered())
    assert names(small.find("send a mail"))[0] == "email_send"
    assert "email_send" in names(small.offered())


def test_of_too_many_found_the_last_ones_stay() -> None:
    small = shelf(130)
    small.find("weather forecast")
    small.take("multiply")
    assert names(small.offered()) == ["multiply"]


def test_nothing_is_found_where_nothing_does_it() -> None:
    assert shelf(250).find("bake bread") == []
    assert shelf(250).find("  ") == []


def test_a_tool_that_went_away_is_not_offered() -> None:
    small = shelf(250)
    small.take("multiply")
    small.put(specs()[:2])
    assert set(names(small.offered())) <= {"email_send", "email_search"}


async def test_a_small_model_finds_a_tool_and_calls_it() -> None:
    seen: list[list[str]] = []

    def looking(request: Request) -> Step:
        seen.append([tool.name for tool in request.tools])
        return asks_for("find_tools", query="weather forecast of a place")

    def calling(request: Request) -> Step:
        seen.append([tool.name for tool in request.tools])
        return asks_for("get_forecast")

    desk = Desk(looking, calling, Step(text="Sunny."), window=4_096)
    for name, text in WORDS.items():
        desk.servers.add(name, giving("Sunny."), description=f"{text} {'Words on words. ' * 130}")
    events = await desk.say("multiply this")
    assert last(TurnFinished, events).text == "Sunny."
    assert outcome_of(events) == ("ok", "Sunny.")
    assert "find_tools" in seen[0]
    assert "get_forecast" not in seen[0]
    assert "get_forecast" in seen[1]
    assert sum("too many for this model's context window" in notice.text for notice in only(Notice, events)) == 1
