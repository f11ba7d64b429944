"""No text from outside runs, loads, leads or asks for anything, on any page that shows it, in a real browser."""

import re
from collections.abc import Generator, Sequence
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from tests.browser.conftest import NewWindow
from tests.browser.harness import CONVERSATION, Running, deskhand_up, say
from tests.browser.hostile_place import PAYLOADS, hostile_place
from tests.e2e.chat_place import Place

SCRIPT = PAYLOADS["script"]
PAGES = {
    "tools": "/console/hostile",
    "resources": "/console/hostile/resources",
    "templates": "/console/hostile/templates",
    "prompts": "/console/hostile/prompts",
    "a tool with every field": "/console/hostile/tools/every",
    "a tool named like a text": f"/console/hostile/tools/{quote(PAYLOADS['quote-tag'], safe='')}",
    "a tool named like a path": f"/console/hostile/tools/{quote(PAYLOADS['path'], safe='')}",
    "a resource": f"/console/hostile/resource?uri={quote(SCRIPT, safe='')}",
    "a resource of a bad address": f"/console/hostile/resource?uri={quote('javascript:alert(1)', safe='')}",
    "a template": f"/console/hostile/template?uri={quote('x://{who}', safe='')}",
    "a prompt": "/console/hostile/prompts/every",
    "files": "/console/deskhand/resources",
    "a file of Markdown": "/console/deskhand/resource?uri=file:///every.md",
    "a file of HTML": "/console/deskhand/resource?uri=file:///every.html",
    "a file of SVG": "/console/deskhand/resource?uri=file:///every.svg",
    "frames": "/inspector?server=hostile",
    "frames that hold a text": f"/inspector?text={quote(SCRIPT)}",
    "a filter": f"/inspector?method={quote(PAYLOADS['quote-tag'])}&server={quote(SCRIPT)}",
    "servers": "/servers",
    "a server": "/servers/named/hostile",
    "a server that complains": "/servers/named/complains",
    "a server with a command": "/servers/named/command",
    "a server with a command, edited": "/servers/named/command/edit",
    "a server with an address": "/servers/named/address",
    "memory": "/memory",
    "memory, searched": f"/memory?q={quote(SCRIPT)}",
    "activity": "/activity",
    "activity, audit": "/activity/audit",
    "conversations": "/chat",
    "a conversation": "/chat/00000000000000000000000000000000",
    "a page that is not there": f"/{quote(SCRIPT, safe='')}",
    "a login": f"/login?next={quote(PAYLOADS['quote-tag'])}",
}
SILENT = {
    "activity",
    "activity, audit",
    "a server with a command, edited",
    "a filter",
    "a page that is not there",
    "a login",
    "a server with an address",
}
"""Pages that show none of the texts as it is: what they are given is not drawn, or is encoded."""

OWN = (
    ("eventsource", re.compile("/live")),
    ("stylesheet|script|image|other", re.compile(r"/static/[a-z.]+")),
    ("fetch|xhr", re.compile(r"/inspector/rows|/inspector/\d+|/complete|/console/hostile/(content|values)|/prompt")),
    ("fetch|xhr", re.compile(r"/chat(/[0-9a-f]{32}/say)?|/chat/[0-9a-f]{32}/stop|/questions/\w+/(calls|form)")),
    ("fetch|xhr", re.compile(r"/console/hostile/tools/every|/console/hostile/prompts/every|/memory/part")),
)
"""What our own pages ask for by themselves, or for the clicks of these tests: kinds and paths."""

BAD = """() => [...document.querySelectorAll('*')].flatMap((element) => [
  ...[...element.attributes].filter(({name}) => /^(on|data-hx|hx-on)/.test(name)).map(({name}) => name),
  ...(/^(iframe|object|embed|base|svg|math|style|marquee|video|template|noscript)$/i.test(element.localName)
    ? [element.localName] : []),
  ...(element.href && !/^(https?|mailto):/.test(element.href) ? [element.href] : []),
  ...(element.style?.cssText ? [element.style.cssText] : []),
])"""
"""Elements, attributes and addresses that no page of ours has."""
TOUCH = """() => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  for (const element of document.querySelectorAll('main *')) {
    for (const kind of ['pointerenter', 'mouseover', 'mouseenter'])
      element.dispatchEvent(new PointerEvent(kind, {bubbles: true}));
    element.focus?.({preventScroll: true});
  }
}"""


class Lookout:
    """What a page asked for; nothing of it may come from a text."""

    def __init__(self, page: Page, running: Running) -> None:
        self.page = page
        self._running = running
        self._opened: set[str] = set()
        self._asked: list[Request] = []
        page.add_init_script("window.alert = (what) => console.error(`a text ran: ${what}`)")
        page.on("request", lambda request: self._asked.append(request))
        page.on("popup", lambda popup: self._opened.add(f"a new window: {popup.url}"))

    def open(self, path: str) -> None:
        """Show a page of ours."""
        self._opened.add(urlsplit(path).path)
        self._running.enter(self.page, path)

    def touch(self) -> None:
        """Unfold what is folded, point at everything, focus everything, until nothing more comes of it."""
        self.page.evaluate(TOUCH)
        expect(self.page.locator(".htmx-request")).to_have_count(0)

    def assert_quiet(self) -> None:
        """Nothing bad is on the page, and it asked for nothing but what it is made of."""
        assert not self.page.evaluate(BAD)
        assert self.page.locator("script").count() in (0, 2)
        strange = [f"{one.method} {one.resource_type} {one.url}" for one in self._asked if not self._is_ours(one)]
        assert not strange
        assert not [one for one in self._opened if one.startswith("a new window")]

    def _is_ours(self, request: Request) -> bool:
        address = urlsplit(request.url)
        if address.scheme == "data":
            return request.resource_type == "image"
        if request.resource_type == "document":
            return address.path in self._opened or bool(CONVERSATION.fullmatch(request.url))
        by_us = any(re.fullmatch(kinds, request.resource_type) and path.fullmatch(address.path) for kinds, path in OWN)
        return (
            by_us and not (request.method == "GET" and address.path == "/chat") and "text=owned" not in _body(request)
        )


def _body(request: Request) -> str:
    return (request.post_data_buffer or b"").decode("utf-8", "replace")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    with hostile_place(tmp_path_factory.mktemp("hostile")) as there:
        yield there


@pytest.fixture(scope="module")
def running(there: Place, browser: Browser) -> Generator[Running]:
    with deskhand_up(there) as up, browser.new_context() as context:
        page = context.new_page()
        up.enter(page)
        hostile = page.locator("#presence li").filter(has=page.get_by_role("link", name="hostile", exact=True))
        expect(hostile).to_contain_text("ready", timeout=60_000)  # all tests of this module would fail with it
        yield up


@pytest.fixture
def lookout(running: Running, new_window: NewWindow) -> Lookout:
    return Lookout(new_window(expected=["404"]), running)


@pytest.mark.parametrize("name", PAGES)
def test_a_text_stays_a_text_on(name: str, lookout: Lookout) -> None:
    lookout.open(PAGES[name])
    lookout.touch()
    if name not in SILENT:
        expect(lookout.page.locator("main")).to_contain_text("alert(1)", use_inner_text=False)
    lookout.assert_quiet()


def test_texts_stay_texts_in_what_a_tool_reports_and_answers(lookout: Lookout) -> None:
    lookout.open("/console/hostile/tools/every")
    lookout.page.get_by_role("button", name="Call", exact=True).first.click()
    result = lookout.page.get_by_role("article")
    expect(result.locator(".pill").first).to_have_text("done")
    assert_holds(result.text_content(), ("script", "img-onerror", "quote-tag", "hx-post", "data-into"))
    lookout.touch()
    lookout.assert_quiet()


def test_texts_stay_texts_in_what_a_prompt_says(lookout: Lookout) -> None:
    lookout.open("/console/hostile/prompts/every")
    lookout.page.get_by_role("button", name="Preview").click()
    expect(lookout.page.locator("#messages h2")).to_have_count(2)
    assert_holds(lookout.page.locator("#messages").text_content(), ("img-onerror", "quote-tag"))
    lookout.touch()
    lookout.assert_quiet()


def test_texts_stay_texts_in_what_the_model_says_and_thinks_and_calls(lookout: Lookout) -> None:
    lookout.open("/chat")
    page = lookout.page
    say(page, f"call every tool {SCRIPT}")
    expect(page.locator(".card.ok")).to_be_visible()
    expect(page.locator(".answer").last).to_contain_text("That is all.")
    assert_holds(page.locator(".answer").first.text_content(), ("script", "img-onerror", "quote-tag"))
    assert_holds(page.locator(".said .text").text_content(), ("script",))
    lookout.touch()
    lookout.assert_quiet()
    page.reload()
    expect(page.locator(".card.ok")).to_be_visible()
    lookout.touch()
    lookout.assert_quiet()


@pytest.mark.parametrize(("words", "answer"), [("ask me", "Decline"), ("be dangerous", "Deny")])
def test_texts_stay_texts_in_a_question(words: str, answer: str, lookout: Lookout) -> None:
    lookout.open("/chat")
    page = lookout.page
    say(page, words)
    question = page.locator("#tray .question")
    expect(question).to_contain_text("alert(1)", use_inner_text=False)
    lookout.touch()
    lookout.assert_quiet()
    question.get_by_role("button", name=answer, exact=True).press("Enter")  # the meter is unfolded over it
    expect(question).to_have_count(0)
    expect(page.locator(".end")).to_be_visible()
    lookout.assert_quiet()


def test_texts_stay_texts_in_proposals(lookout: Lookout) -> None:
    lookout.open("/chat")
    for words in ("@", "/"):
        lookout.page.get_by_label("Message", exact=True).fill("")
        lookout.page.get_by_label("Message", exact=True).press_sequentially(words)
        expect(lookout.page.get_by_role("option").first).to_be_visible()
        lookout.assert_quiet()


def test_texts_stay_texts_in_a_frame(lookout: Lookout) -> None:
    lookout.open("/inspector?server=hostile&method=tools/list&kind=response")
    lookout.page.locator("#frames").get_by_role("link", name="tools/list").last.click()
    expect(lookout.page.get_by_role("heading", name="What is this?")).to_be_visible()
    lookout.touch()
    expect(lookout.page.locator("#detail")).to_contain_text("alert(1)", use_inner_text=False)
    lookout.assert_quiet()


def assert_holds(shown: str | None, names: Sequence[str]) -> None:
    """The texts are there to be read."""
    assert not [name for name in names if PAYLOADS[name] not in (shown or "")]
