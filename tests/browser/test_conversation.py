"""Conversations in a real browser: streamed, with tools, questions and a stop; alike on each tab and when reloaded."""

import re
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, say
from tests.e2e.chat_place import Place, place

PEER = "tests/browser/page_peer.py"
LETTER = {"to": "bob@example.org", "text": "Dear Bob"}
STEPS: list[dict[str, Any]] = [
    {
        "match": "two places",
        "text": "I look at both.",
        "calls": [
            {"name": "look", "arguments": {"place": "north"}},
            {"name": "look", "arguments": {"place": "south"}},
        ],
    },
    {"match": "north is fine", "text": "Both are **fine**.\n\n| side | state |\n|---|---|\n| north | fine |\n"},
    {"match": "write to bob", "calls": [{"name": "send_letter", "arguments": LETTER}]},
    {"match": "sent to ann", "text": "Ann has it."},
    {"match": "fill it in", "calls": [{"name": "survey", "arguments": {}}]},
    {"match": "thanks", "text": "The survey is done."},
    {"match": "wait for ever", "calls": [{"name": "wait_for_ever", "arguments": {}}]},
    {"match": None, "text": "Go on.", "times": None},
]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    with place(tmp_path_factory.mktemp("talk"), STEPS, PEER) as there:
        yield there


@pytest.fixture(scope="module")
def running(there: Place) -> Generator[Running]:
    with deskhand_up(there) as up:
        yield up


@pytest.fixture
def page(running: Running, new_window: NewWindow) -> Page:
    page = new_window(expected=["422"])  # what was filled in wrongly is sent back
    running.enter(page)
    expect(page.locator("#presence li", has_text="peer")).to_contain_text("ready")
    return page


ATTRIBUTE = re.compile(r' [\w-]+="[^"]*"')


def looks(page: Page) -> str:
    """The conversation as it is drawn, without what is only this tab's: what is open, what htmx noted."""
    html = page.locator("#turns").inner_html()
    html = re.sub(r' (?:data-htmx-powered(?:="[^"]*")?|open(?:="")?)', "", html)
    html = re.sub(r"(<time[^>]*>)[^<]*", r"\1", html)
    html = re.sub(rf"(?:{ATTRIBUTE.pattern})+", _ordered, html)
    return re.sub(r">\s+<", "><", html).strip()


def _ordered(attributes: re.Match[str]) -> str:
    """By name: those of an element that was changed in place have another order."""
    return "".join(sorted(ATTRIBUTE.findall(attributes[0])))


def test_two_tools_run_in_parallel_and_a_reload_and_a_second_tab_show_the_same(
    page: Page, running: Running, there: Place, new_window: NewWindow
) -> None:
    say(page, "look at two places")
    cards = page.locator(".group .card")
    expect(cards).to_have_count(2)
    expect(page.locator(".card.running progress")).to_have_count(2)
    for card, side in ((cards.first, "north"), (cards.nth(1), "south")):
        expect(card).to_contain_text("25 %")
        expect(card).to_contain_text(f"walking to {side}")
    expect(page.locator("#presence")).to_contain_text("working")

    second = new_window()
    running.enter(second, urlsplit(page.url).path)
    expect(second.locator(".card.running")).to_have_count(2)
    before = looks(page)
    page.reload()
    expect(page.locator(".card.running")).to_have_count(2)
    assert looks(page) == before == looks(second)
    assert_accessible(page)

    (there.folder / "seen-south").touch()
    expect(cards.nth(1)).to_contain_text("done")
    expect(second.locator(".group .card").nth(1)).to_contain_text("done")
    expect(cards.first).to_contain_text("running")
    (there.folder / "seen-north").touch()
    expect(page.locator(".answer strong")).to_have_text("fine")
    expect(second.locator(".answer table")).to_contain_text("north")
    expect(page.locator(".end")).to_be_visible()
    expect(second.locator(".end")).to_be_visible()

    after = looks(page)
    page.reload()
    expect(page.locator(".answer strong")).to_have_text("fine")
    assert looks(page) == after == looks(second)


def test_a_call_is_approved_with_other_arguments(page: Page, there: Place) -> None:
    say(page, "write to bob")
    question = page.locator("#tray .question")
    expect(question).to_contain_text("bob@example.org")
    page.locator("#main").focus()
    page.keyboard.press("q")
    expect(question).to_be_focused()
    assert_accessible(page)
    question.get_by_role("button", name="Edit arguments").click()
    box = question.get_by_label("Arguments of send_letter, as JSON")
    box.fill('{"to": "ann@example.org"')
    question.get_by_role("button", name="Allow once").click()
    expect(question.get_by_role("alert")).to_be_visible()
    box.fill('{"to": "ann@example.org", "text": "Dear Ann"}')
    question.get_by_role("button", name="Allow once").press("Enter")
    expect(question).to_have_count(0)
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(page.locator(".answer")).to_have_text("Ann has it.")
    there.peer_logs("sent to ann@example.org: Dear Ann")
    assert "sent to bob" not in there.peer_log()


def test_a_form_has_every_kind_of_field(page: Page, there: Place) -> None:
    say(page, "fill it in")
    form = page.locator("#tray .question")
    expect(form).to_contain_text("Please complete the survey.")
    assert_accessible(page)
    form.get_by_label("Name").fill("Ann")
    form.get_by_label("Email").fill("ann@example.org")
    form.get_by_label("Site").fill("https://example.org")
    form.get_by_label("Day").fill("2026-12-01")
    form.get_by_label("Moment", exact=False).first.fill("2026-12-01T09:30")
    form.get_by_label("Time zone of Moment").fill("Europe/Berlin")
    form.get_by_label("Share").fill("0.5")
    form.get_by_label("Guests").fill("9")
    form.get_by_label("south").check()
    form.get_by_label("boat").check()
    form.get_by_role("button", name="Send the answer").click()
    expect(form).to_contain_text("from 1 to 4")
    expect(form.get_by_label("Name")).to_have_value("Ann")
    form.get_by_label("Guests").fill("3")
    form.get_by_role("button", name="Send the answer").click()
    expect(page.locator(".answer")).to_have_text("The survey is done.")
    said = there.peer_log()
    assert '"guests":3' in said
    assert '"room":"south","extras":["bike","boat"]' in said
    assert '"day":"2026-12-01","moment":"2026-12-01T09:30:00+01:00"' in said


def test_stop_ends_the_call_at_its_server(page: Page, there: Place) -> None:
    say(page, "wait for ever")
    expect(page.locator(".card.running")).to_contain_text("half way")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".card.cancelled")).to_be_visible()
    expect(page.locator(".end")).to_be_visible()
    there.peer_logs("cancelled")
    say(page, "and now?")
    expect(page.locator(".answer").last).to_have_text("Go on.")


def test_a_message_is_said_again_in_other_words(page: Page) -> None:
    say(page, "hello there")
    expect(page.locator(".answer")).to_have_text("Go on.")
    expect(page.locator(".end")).to_be_visible()  # nothing is changed while it is being answered
    was = page.url
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Say it in other words").fill("good morning")
    page.get_by_label("Say it in other words").press("Enter")
    expect(page.locator(".said .text")).to_have_text("good morning")
    expect(page.locator(".answer")).to_have_text("Go on.")
    assert page.url != was
    expect(page.locator("#recent li").first).to_contain_text("hello there")
    page.goto(was)
    expect(page.locator(".said .text")).to_have_text("hello there")
