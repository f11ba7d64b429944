"""What a page looks like in its states: accessible, as wide as its window, and usable with nothing but a keyboard."""

from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import Running, assert_accessible, deskhand_up, say
from tests.e2e.chat_place import place

ANSWER = """Two **things**, as `code`:

| side | a long heading of a column | another long heading | and one more heading |
|---|---|---|---|
| north | fine | 12 | https://example.org/a/very/long/address/that/does/not/end/soon/at/all |

```python
def greet(name: str) -> str:
    return f"Good morning, {name}; this line is longer than a small telephone is wide"
```

1. one
2. two with averylongwordwithoutanyplacewhereitcouldbebrokenintotwolinesbyabrowserthatiskind
"""
STEPS: list[dict[str, Any]] = [
    {"match": "look north", "calls": [{"name": "look", "arguments": {"place": "north"}}]},
    {"match": "north is fine", "text": ANSWER, "reasoning": "Let me think about it."},
    {"match": "write", "calls": [{"name": "send_letter", "arguments": {"to": "bob@example.org", "text": "x" * 300}}]},
    {"match": "fill", "calls": [{"name": "survey", "arguments": {}}]},
    {"match": None, "text": "Yes.", "times": None},
]
LOOKS = """const looks = (one) => [one, one.parentElement, one.form].filter(Boolean).map((each) => {
  const {outline, boxShadow, borderColor, backgroundColor} = getComputedStyle(each);
  return [outline, boxShadow, borderColor, backgroundColor].join();
}).join();"""
FOCUSABLE = f"""() => {{ {LOOKS}
  document.activeElement.blur();
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((one) => !one.disabled && one.checkVisibility({{visibilityProperty: true}}))
    .map((one, at) => {{
      Object.assign(one.dataset, {{reach: at, looks: looks(one)}});
      return one.outerHTML.slice(0, 120);
    }});
}}"""
"""Gives what can be used, numbers it, and notes how each looks without the focus."""
FOCUSED = f"""() => {{ {LOOKS}
  const one = document.activeElement;
  return {{reach: one.dataset.reach ?? '', shown: looks(one) !== one.dataset.looks, html: one.outerHTML.slice(0, 120)}};
}}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with place(tmp_path_factory.mktemp("states"), STEPS, "tests/browser/page_peer.py") as there:
        (there.folder / "seen-north").touch()
        there.workspace.mkdir(parents=True)
        (there.workspace / "notes.md").write_text(ANSWER)
        with deskhand_up(there) as up:
            yield up


def enter(running: Running, page: Page, path: str = "/chat") -> None:
    running.enter(page, path)
    for server in page.locator("#presence li").all():
        expect(server).to_contain_text("ready")


def finished_turn(page: Page) -> None:
    say(page, "look north")
    expect(page.locator(".answer table")).to_be_visible()
    expect(page.locator(".end")).to_be_visible()


def waiting_approval(page: Page) -> None:
    say(page, "write a letter")
    expect(page.locator("#tray .question")).to_contain_text("bob@example.org")


def waiting_form(page: Page) -> None:
    say(page, "fill it in")
    expect(page.locator("#tray .question")).to_contain_text("Please complete the survey.")


def opened(path: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        page.goto(f"{page.url.rsplit('/', 1)[0]}{path}")

    return show


def a_frame(page: Page) -> None:
    opened("/inspector?kind=request")(page)
    page.locator("#frames").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="What is this?")).to_be_visible()


STATES: Mapping[str, Callable[[Page], None]] = {
    "a finished turn": finished_turn,
    "a waiting approval": waiting_approval,
    "a waiting form": waiting_form,
    "a resource": opened("/console/deskhand/resource?uri=file:///notes.md"),
    "a prompt": opened("/console/deskhand/prompts/weather_watch"),
    "a frame": a_frame,
    "a login": opened("/login"),
    "nothing": opened("/nowhere"),
    "the audit log": opened("/activity/audit"),
    "the outbox": opened("/activity/outbox"),
    "the rules": opened("/activity/rules"),
}
"""What is done on a new chat to see a state. `test_every_page.py` has those that need no more than an address."""


@pytest.mark.parametrize("name", STATES)
def test_a_state_of_a_page_can_be_used_by_everybody(name: str, running: Running, new_window: NewWindow) -> None:
    page = new_window(expected=["404"])
    enter(running, page)
    STATES[name](page)
    address = page.url
    for width, dark in ((1280, False), (1280, True), (390, False), (390, True)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if dark else "light")
        assert_accessible(page)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, f"{address} is wider than {width}"
    for button in page.locator("#tray").get_by_role("button", name="Deny", exact=True).all():
        button.click()  # what waits would be on the next page, too
    for button in page.locator("#tray").get_by_role("button", name="Decline", exact=True).all():
        button.click()
    expect(page.locator("#tray .question")).to_have_count(0)


KEYED = {
    "chat": "/chat",
    "console": "/console",
    "a tool": "/console/peer/tools/look",
    "inspector": "/inspector",
    "servers": "/servers",
    "memory": "/memory",
    "activity": "/activity",
}


@pytest.mark.parametrize("name", KEYED)
def test_everything_of_a_page_is_reached_with_the_tab_key_and_shows_it(
    name: str, running: Running, new_window: NewWindow
) -> None:
    page = new_window()
    enter(running, page, KEYED[name])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    wanted: list[str] = page.evaluate(FOCUSABLE)
    assert wanted
    reached: set[str] = set()
    for _ in range(len(wanted) + 60):  # frames that scroll can be reached as well
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        assert at["shown"], f"nothing shows the focus on {at['html']}"
        reached.add(at["reach"])
    missed = [html for number, html in enumerate(wanted) if str(number) not in reached]
    assert not missed


@pytest.mark.parametrize("name", KEYED)
def test_the_list_of_keys_opens_and_closes_everywhere(name: str, running: Running, new_window: NewWindow) -> None:
    page = new_window()
    running.enter(page, KEYED[name])
    page.locator("#main").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_nothing_moves_for_those_who_asked_for_less_motion(running: Running, new_window: NewWindow) -> None:
    page = new_window()
    running.enter(page)
    moving = """() => [...document.querySelectorAll('*')].map((one) => getComputedStyle(one))
      .filter((style) => [style.animationDuration, style.transitionDuration].some((time) => parseFloat(time) > 0.01))
      .length + Number(getComputedStyle(document.documentElement).scrollBehavior === 'smooth')"""
    page.evaluate(
        "document.querySelector('#toasts').append(Object.assign(document.createElement('p'), {className: 'toast'}))"
    )
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0
