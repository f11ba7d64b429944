"""Tools in the console: found, called from a form or from JSON, followed while they run, cancelled."""

from pathlib import Path

import httpx2
import pytest
from mcp_types import ToolAnnotations
from tests.web.odd_server import HOSTILE, Odd
from tests.web.place import Place, open_site
from tests.web.servers_place import state_of, with_shop, write
from tests.web.submitted import submitted
from tests.web.test_servers_tools import agreed, changed_shop, shop_with_tools

from deskhand.web.console_runs import Run, topic_of

pytestmark = pytest.mark.anyio


async def part(place: Place, path: str) -> str:
    """What htmx is given at an address."""
    answer = await place.browser.client.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def over(place: Place, server: str, name: str) -> Run:
    """The last call of a tool, when it is over."""
    runs = (await place.desk()).runs
    await place.until(lambda: bool(runs.of(server, name)) and runs.of(server, name)[0].state != "running")
    return runs.of(server, name)[0]


async def send(place: Place, path: str, **typed: str) -> httpx2.Response:
    """Open the page of a tool, type into its first form, and send it as a browser does."""
    form = first_form(await place.browser.get(path))
    return await place.browser.post(path, **{name: str(value) for name, value in submitted(form, **typed).items()})


def first_form(page: str) -> str:
    return page[page.index('<form class="fields"') :].partition("</form>")[0]


async def test_every_server_is_listed_with_its_state_and_without_a_model(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        page = await place.browser.get("/console")
    assert 'href="/console/deskhand"' in page
    assert 'href="/console/odd"' in page
    assert "5 tools" in page


async def test_a_server_shows_what_it_offers_with_counts(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        page = await place.browser.get("/console/odd")
        for tab, count in (("Tools", 5), ("Resources", 4), ("Templates", 1), ("Prompts", 1)):
            assert f'{tab} <span class="muted">{count}</span>' in page
        for tab, shown in (("resources", "odd://data"), ("templates", "odd://by/{who}"), ("prompts", "greet")):
            assert shown in await place.browser.get(f"/console/odd/{tab}")


async def test_what_is_typed_finds_names_titles_and_descriptions(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        by_title = await part(place, "/console/odd/tools?q=your+TIME")
        by_description = await part(place, "/console/odd/tools?q=parts")
        nothing = await part(place, "/console/odd/tools?q=nowhere")
    assert by_title.count('class="row"') == 1
    assert "/console/odd/tools/slow" in by_title
    assert "/console/odd/tools/order" in by_description
    assert "No tools match “nowhere”" in nothing


async def test_a_tool_is_called_from_its_form_and_the_result_is_shown(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        typed = {"a.main/name": "wheel", "a.main/colour": "blue", "a.parts": '[{"name": "nut"}]', "a.count": "3"}
        answer = await send(place, "/console/odd/tools/order", **typed)
        assert answer.status_code == 200, answer.text
        run = await over(place, "odd", "order")
        page = await place.browser.get("/console/odd/tools/order")
    assert odd.done == ["3 wheel blue 1"]
    assert run.state == "done"
    assert "ordered 3" in page
    assert "/inspector?server=odd&amp;method=tools%2Fcall" in page
    assert f"/console/odd/tools/order?run={run.id}" not in page  # it is the one that is shown


async def test_wrong_arguments_are_said_at_their_field_and_nothing_is_called(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        typed = {"a.main/name": "kept", "a.count": "10", "a.parts": "[]"}
        answer = await send(place, "/console/odd/tools/order", **typed)
    assert answer.status_code == 422
    assert "from 1 to 9" in answer.text
    assert 'value="kept"' in answer.text
    assert odd.done == []


async def test_a_tool_is_called_with_json(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        path = "/console/odd/tools/order"
        wrong = await place.browser.post(path, **{"as": "json", "json": '{"parts": 1}'})
        assert (wrong.status_code, odd.done) == (422, [])
        assert "parts: 1 is not of type" in wrong.text.replace("&#39;", "'")
        await place.browser.post(path, **{"as": "json", "json": '{"parts": [], "main": {"name": "axle"}}'})
        await over(place, "odd", "order")
    assert odd.done == ["1 axle red 0"]


async def test_progress_is_shown_live_with_a_number_and_then_the_result(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        desk = await place.desk()
        position = desk.feed.position
        await send(place, "/console/odd/tools/slow", sure="yes")
        seen = ""
        async for batch in desk.feed.follow({topic_of("odd", "slow")}, position):
            seen += batch.html
            if "25 %" in seen:
                odd.go_on.set()
            if "at last" in seen:
                break
        assert 'value="25" max="100"' in seen
        assert "a quarter &lt;i&gt;done&lt;/i&gt;" in seen
        assert topic_of("odd", "slow") in await place.browser.get("/console/odd/tools/slow")


async def test_a_call_is_cancelled_and_the_server_is_told(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        await send(place, "/console/odd/tools/slow", sure="yes")
        (run,) = (await place.desk()).runs.of("odd", "slow")
        await place.until(lambda: run.percent == 25)
        answer = await place.browser.post(f"/console/odd/calls/{run.id}/cancel")
        assert answer.status_code == 204
        assert (await over(place, "odd", "slow")).state == "cancelled"
        await place.until(lambda: odd.done == ["cancelled"])
        assert "You cancelled it" in await place.browser.get("/console/odd/tools/slow")
        gone = await place.browser.post("/console/odd/calls/nothing/cancel")
        assert gone.status_code == 404


async def test_a_dangerous_tool_is_called_only_when_the_person_is_sure(tmp_path: Path) -> None:
    odd = Odd()
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        page = await place.browser.get("/console/odd/tools/wipe")
        assert '<span class="pill bad">destructive</span>' in page
        unsure = await send(place, "/console/odd/tools/wipe", **{"a.what": "all"})
        assert (unsure.status_code, odd.done) == (422, [])
        assert "can delete or send" in unsure.text
        assert 'value="all"' in unsure.text
        await send(place, "/console/odd/tools/wipe", **{"a.what": "all"}, sure="yes")
        await over(place, "odd", "wipe")
        assert odd.done == ["wiped all"]


async def test_a_tool_that_sends_is_called_only_when_the_person_is_sure(tmp_path: Path) -> None:
    odd, hints = Odd(), ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)

    async def post(text: str) -> str:
        """Tell the world."""
        odd.done.append(f"told {text}")
        return "told"

    odd.sdk.add_tool(post, annotations=hints)
    async with open_site(tmp_path, servers=[odd.spec]) as place:
        unsure = await send(place, "/console/odd/tools/post", **{"a.text": "all"})
        assert (unsure.status_code, odd.done) == (422, [])
        await send(place, "/console/odd/tools/post", **{"a.text": "all"}, sure="yes")
        await over(place, "odd", "post")
        assert odd.done == ["told all"]


async def test_what_a_server_says_of_progress_is_shown_only_in_part(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        (tool, *_) = (await place.desk()).connections.tools()
        run = Run(tool, {})
        run.heard(1, 2, "A" * 10_000)
        assert run.message == "A" * 500 + "… (9,500 more characters, not shown)"


async def test_an_error_of_the_tool_says_what_to_do_next(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        await send(place, "/console/odd/tools/fail")
        assert (await over(place, "odd", "fail")).state == "error"
        page = await place.browser.get("/console/odd/tools/fail")
    assert "reports an error. Change the arguments" in page


async def test_an_earlier_call_is_opened_with_its_arguments(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        for text in ("first", "second"):
            await place.browser.post("/console/odd/tools/a%2Fb%3Fc%26%3Ci%3E", **{"a.text": text})
            run = await over(place, "odd", "a/b?c&<i>")
        earlier = (await place.desk()).runs.of("odd", "a/b?c&<i>")[1]
        page = await place.browser.get(f"/console/odd/tools/a%2Fb%3Fc%26%3Ci%3E?run={earlier.id}")
    assert ">\nfirst</textarea>" in page
    assert f"?run={run.id}" in page


async def test_the_arguments_of_the_last_call_stand_in_the_form_when_the_page_is_loaded_again(tmp_path: Path) -> None:
    path = "/console/odd/tools/wipe"
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        for what in ("attic", "cellar"):
            await send(place, path, **{"a.what": what, "sure": "yes"})
            await over(place, "odd", "wipe")
        page = await place.browser.get(path)
        other = await place.browser.get("/console/odd/tools/order")
    kept = submitted(first_form(page))
    assert kept["a.what"] == "cellar"
    assert "sure" not in kept, "each call is to be sure of anew"
    assert "cellar" not in other


async def test_hostile_names_and_results_stay_text(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        path = "/console/odd/tools/a%2Fb%3Fc%26%3Ci%3E"
        await place.browser.post(path, **{"a.text": HOSTILE})
        await over(place, "odd", "a/b?c&<i>")
        for address in (
            path,
            "/console/odd",
            "/console/odd/resources",
            "/console/odd/prompts",
            "/console/odd/prompts/greet",
        ):
            page = await place.browser.get(address)
            assert "<img src=x" not in page
            assert "<b>somebody" not in page
            assert 'href="javascript' not in page
        assert "<strong>bold</strong>" in await place.browser.get(path)


async def test_tools_of_our_own_server_stand_under_their_toolsets(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        page = await place.browser.get("/console/deskhand")
        assert page.index('<h2 id="group-1">') < page.index("/console/deskhand/tools/")
        assert 'href="/console/deskhand/tools#group-1"' in await place.browser.get("/console")
        assert '<h2 id="group-1">' not in await place.browser.get("/console/odd")


async def test_a_server_that_is_down_says_why_and_is_tried_again(tmp_path: Path) -> None:
    write(tmp_path, shop={"command": "/nowhere/shop"})
    async with open_site(tmp_path) as place:
        await state_of(place, "shop", "failed")
        page = await place.browser.get("/console/shop")
        assert "It cannot be used now" in page
        assert "/nowhere/shop" in page
        assert "Try again" in page
        again = await place.browser.post("/console/shop/again")
        assert again.headers["hx-refresh"] == "true"
        tool = await place.browser.client.get("/console/shop/tools/list_bread")
        assert tool.status_code == 404
        assert "is not connected" in tool.text


async def test_a_tool_whose_definition_changed_says_so(tmp_path: Path) -> None:
    async with with_shop(tmp_path, **shop_with_tools(tmp_path)) as place:
        await agreed(place, "shop")
        assert "Its definition changed" not in await place.browser.get("/console/shop/tools/sell")
        await changed_shop(place, tmp_path)
        page = await place.browser.get("/console/shop/tools/sell")
    assert "Its definition changed" in page
    assert '<span class="add">' in page
    assert "<script>alert" not in page


async def test_what_is_not_there_says_where_to_look(tmp_path: Path) -> None:
    async with open_site(tmp_path, servers=[Odd().spec]) as place:
        for path in ("/console/nobody", "/console/odd/nothing", "/console/odd/tools/none", "/console/odd/prompts/none"):
            answer = await place.browser.client.get(path)
            assert answer.status_code == 404, path
