"""The inspector's pages: what a call leaves there, in full, explained, exported, and kept from others."""

import html
import json
import re
from pathlib import Path

import pytest
from mcp_types import JSONRPCRequest
from tests.web.inspector_frames import frame, quiet_tap
from tests.web.place import Place, open_site

from deskhand.host.events import EVENT
from deskhand.host.servers import ServerSpec
from deskhand.host.wiretap import Line
from deskhand.principal import Principal

pytestmark = pytest.mark.anyio
HTMX = {"HX-Request": "true"}


def heard(_progress: float, _total: float | None, _message: str | None) -> None:
    """Progress that nobody looks at."""


async def multiply(place: Place, a: str = "6") -> None:
    """What the console does: 6 × 7 by our own server."""
    desk = await place.desk()
    tool = next(each for each in desk.connections.tools() if each.name == "multiply")
    await desk.connections.call(tool, {"a": a, "b": "7"}, on_progress=heard)


async def numbers(place: Place, method: str) -> list[int]:
    """The numbers of the frames of a method, in order."""
    return [each.number for each in (await place.desk()).tap.records if each.frame.method == method]


async def test_a_call_makes_a_row_for_the_request_and_one_for_the_response_that_name_each_other(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path) as place:
        await multiply(place)
        page = await place.browser.get("/inspector")
        asked, answered = await numbers(place, "tools/call")
        assert f"answered by #{answered}" in page
        assert f"answers #{asked}" in page
        assert page.count(f'data-pair="{asked}"') == 2
        assert page.count("</a> multiply") == 2


async def test_the_head_tells_of_each_connection_what_was_agreed(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        page = await place.browser.get("/inspector")
        for part in ("ready", "2026-07-28, every request stands alone", "in process", "<code>tools</code>"):
            assert part in page
        assert "none: this revision has no sessions" in page


async def test_nothing_yet_tells_how_to_begin(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await quiet_tap(place)
        page = await place.browser.get("/inspector")
        assert "Nothing yet" in page
        assert 'href="/console"' in page
        assert "No frame is like that" in await place.browser.get("/inspector?method=nothing/")


async def test_a_frame_in_full_shows_both_halves_and_what_the_method_is_for(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await multiply(place, "987654321")
        asked, answered = await numbers(place, "tools/call")
        for number in (asked, answered):
            panel = html.unescape((await place.browser.client.get(f"/inspector/{number}", headers=HTMX)).text)
            assert not panel.startswith("<!doctype")
            assert f"→ sent: request #{asked}" in panel
            assert f"← received: response #{answered}" in panel
            assert '"987654321"' in panel
            assert "runs a tool with arguments" in panel
            assert "https://modelcontextprotocol.io/specification/2026-07-28/server/tools" in panel
        page = await place.browser.get(f"/inspector/{answered}")
        assert page.count('aria-current="true"') == 2


async def test_the_message_alone_is_json(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await multiply(place)
        asked, _ = await numbers(place, "tools/call")
        message = json.loads(await place.browser.get(f"/inspector/{asked}/json"))
        assert message["params"]["arguments"] == {"a": "6", "b": "7"}


async def test_a_subscription_lists_what_it_was_told(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        acknowledged = "notifications/subscriptions/acknowledged"
        await place.until(lambda: any(frame.method == acknowledged for frame in desk.tap.frames))
        (listen,) = await numbers(place, "subscriptions/listen")
        panel = await place.browser.get(f"/inspector/{listen}")
        assert "No response has come yet." in panel
        assert acknowledged in panel.partition("Notifications about it")[2]


async def test_a_question_of_the_server_is_explained(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        result = {"id": 1, "result": {"resultType": "input_required", "requestState": "v1.x"}}
        tap.record(frame(kind="response", direction="received", message=result))
        number = tap.count
        panel = await place.browser.get(f"/inspector/{number}")
        assert "This answer is a question" in panel
        assert "Its request is not among the frames that are kept." in panel


async def test_a_frame_that_is_no_longer_kept_says_so(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        answer = await place.browser.client.get("/inspector/999999")
        assert answer.status_code == 404
        assert "Frame 999999 is not kept" in answer.text


async def test_the_export_is_what_the_tap_holds_and_what_the_filter_leaves_of_it(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        await multiply(place)
        tap = (await place.desk()).tap
        answer = await place.browser.client.get("/inspector/export")
        assert [EVENT.validate_json(line) for line in answer.text.splitlines()] == tap.frames
        assert answer.headers["content-disposition"] == 'attachment; filename="frames.jsonl"'
        calls = await place.browser.get("/inspector/export?method=tools/call&kind=request")
        assert [EVENT.validate_json(line) for line in calls.splitlines()] == [
            each for each in tap.frames if each.method == "tools/call" and each.kind == "request"
        ]


async def test_clear_forgets_the_frames(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        (await quiet_tap(place)).record(frame())
        assert "1 frame shown" in await place.browser.get("/inspector")
        answer = await place.browser.post("/inspector/clear")
        assert answer.headers["hx-redirect"] == "/inspector"
        assert "Nothing yet" in await place.browser.get("/inspector")


async def test_what_secret_headers_hold_is_nowhere(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        headers = {"Authorization": "Bearer the-loopback-token-1"}
        spec = ServerSpec("ours", url="http://127.0.0.1:8642/mcp", headers=headers, trusted=True)
        params = {"name": "x", "arguments": {"text": "so: the-loopback-token-1", "api_key": "very-secret-2"}}
        line = Line("ours", "http", spec.secrets, tap.record)
        line.saw("sent", JSONRPCRequest(jsonrpc="2.0", id=1, method="tools/call", params=params))
        number = tap.count
        addresses = ["", f"/{number}", f"/{number}/json", "/export", "?text=the-loopback", "/rows?seen=0"]
        for address in addresses:
            page = await place.browser.get(f"/inspector{address}")
            assert "loopback-token" not in page
            assert "very-secret" not in page
        assert "•••" in await place.browser.get(f"/inspector/{number}")


async def test_what_one_principal_sees_another_never_does(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        other = await place.desk(Principal(subject="bob@example.org", client="test", scopes=frozenset()))
        other.tap.record(frame("bobs/method", message={"params": {"text": "words-of-his"}}))
        for number in range(1, other.tap.count + 1):
            answer = await place.browser.client.get(f"/inspector/{number}", headers=HTMX)
            assert "bobs" not in answer.text
        for address in ("", "/export", "/rows?seen=0&drawn=1"):
            shown = await place.browser.get(f"/inspector{address}")
            assert "bobs" not in shown
            assert "words-of-his" not in shown
        assert "0 frames shown" in await place.browser.get("/inspector?text=words-of-his")


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}",
)


async def test_what_a_peer_says_stays_text(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        tap = await quiet_tap(place)
        for text in HOSTILE:
            said = {"method": text, "params": {"name": text, text: [text], "_meta": {"progressToken": text}}}
            tap.record(frame(text, server=text, transport=text, message=said, rpc_id=text))
            tap.record(frame(text, "error", server=text, rpc_id=text, message={"error": {"message": text}}))
            number = tap.count
            for address in ("", f"/{number}", f"/{number - 1}", "/rows?seen=1"):
                page = await place.browser.get(f"/inspector{address}")
                assert text in html.unescape(page)
                assert not re.search(r"<(script>|img src=x|svg)|href=.javascript", page)
