"""The activity page: what waits is shown whole, decided once, by who may; the audit log, the outbox and the rules."""

import re
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.web.place import Place, open_site

from deskhand.mail.compose import Outgoing
from deskhand.outbox.act import Act, Entry
from deskhand.principal import LOCAL, Principal
from deskhand.settings import Settings
from deskhand.settings_sections import ToolsetsSettings
from deskhand.web.activity_watch import ACTIVITY

pytestmark = pytest.mark.anyio
HOSTILE = "<script>alert(1)</script> \u202etxt"


def with_letters(folder: Path, **letters: bool | str) -> Settings:
    """A toolset whose letters wait beside those that are built in."""
    sections = {"letters": {"box": str(folder / "box"), **letters}}
    enabled = ("core", "email", "tests.server.letters:Letters")
    toolsets = ToolsetsSettings.model_validate({"enabled": enabled, **sections})
    return Settings(data_dir=folder / "data", workspace=folder / "workspace", toolsets=toolsets)


async def written(place: Place, text: str) -> str:
    """The key of a letter that the tool proposed."""
    answer = (await (await place.desk()).own.call("letter_write", {"text": text})).structured_content
    assert answer is not None
    return str(answer["uri"]).removeprefix("outbox://")


async def state(place: Place, key: str) -> str:
    return (await place.server.outbox.find(LOCAL.subject, key)).state


async def decide(place: Place, key: str, choice: str, because: str = "") -> httpx2.Response:
    """What the buttons of the page send."""
    return await place.browser.post("/activity/decide", key=key, choice=choice, because=because)


async def mail(place: Place) -> Entry:
    """A mail of the mailbox that is built in, waiting."""
    (account,) = place.server.accounts.of(LOCAL.subject)
    outgoing = Outgoing(account.address, to=(account.address,), subject="Figures", text="They are <b>here</b>.\n")
    (email,) = [toolset for toolset in place.server.toolsets if toolset.name == "email"]
    return await email.services.post.propose(LOCAL.subject, account, outgoing)


async def test_empty_tabs_say_what_will_be_there(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        texts = [await place.browser.get(f"/activity{tab}") for tab in ("", "/outbox", "/rules")]
        audit = await place.browser.get("/activity/audit?name=nothing-is-called-so")
    assert "Nothing waits for you." in texts[0]
    assert "Nothing was sent yet." in texts[1]
    assert "There is no rule yet." in texts[2]
    assert "No such call is known." in audit


async def test_a_mail_is_shown_whole_and_sent_once_by_one_yes(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        entry = await mail(place)
        page = await place.browser.get("/activity")
        preview = page.partition('<pre class="code"')[2].partition("</pre>")[0]
        assert re.search("To: .*Subject: Figures.*They are &lt;b&gt;here&lt;/b&gt;", preview, re.DOTALL)
        first = await decide(place, entry.key, "approve")
        second = await decide(place, entry.key, "approve")
        assert first.status_code == 204
        assert second.status_code == 409
        assert "this is done. There is nothing left to decide." in second.text
        assert "Nothing waits for you." in await place.browser.get("/activity")
        sent = await place.browser.get("/activity/outbox")
        (account,) = place.server.accounts.of(LOCAL.subject)
        folders = {folder.name: folder.total for folder in await place.server.accounts.mailbox(account).folders()}
    assert '<span class="pill ok">done</span>' in sent
    assert sum(folders.values()) == 2, "one that was sent, one that came"


async def test_a_letter_is_posted_when_it_is_approved(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        key = await written(place, "hello")
        page = await place.browser.get("/activity")
        assert "Dear all,\nhello" in page
        assert (await decide(place, key, "approve")).status_code == 204
        assert (tmp_path / "box").read_text() == "hello\n"
        act = await place.browser.get(f"/activity/act?key={key}")
        audit = await place.browser.get("/activity/audit?name=outbox")
    assert "posted" in act
    assert ">Approve" not in act
    assert f"approve outbox://{key}" in audit


async def test_two_yeses_at_the_same_time_post_one_letter(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        key = await written(place, "hello")
        await place.browser.get("/activity")
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(decide, place, key, "approve")
        assert (tmp_path / "box").read_text() == "hello\n"
        assert await state(place, key) == "done"


async def test_a_no_with_a_reason_is_kept_and_nothing_is_done(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        key = await written(place, "hello")
        await place.browser.get("/activity")
        assert (await decide(place, key, "deny", "Too short.")).status_code == 204
        shown = await place.browser.get(f"/activity/act?key={key}")
        late = await decide(place, key, "approve")
    assert "Too short." in shown
    assert "refused" in shown
    assert (late.status_code, "propose it again" in late.text) == (409, True)
    assert not (tmp_path / "box").exists()


async def test_an_unknown_outcome_is_settled_by_the_person(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path, lost=True, copies=False)) as place:
        keys = [await written(place, "first"), await written(place, "second")]
        await place.browser.get("/activity")
        for key in keys:
            await decide(place, key, "approve")
            assert await state(place, key) == "unknown"
        page = await place.browser.get("/activity")
        assert page.count(">It happened<") == 2
        assert page.index("A letter: first") < page.index("A letter: second"), "what comes moves no button"
        assert page.count("do it now<") == 2
        assert (await decide(place, keys[0], "deny")).status_code == 409
        await decide(place, keys[0], "happened")
        await decide(place, keys[1], "again")
        assert [await state(place, key) for key in keys] == ["done", "unknown"]
    assert (tmp_path / "box").read_text().split() == ["first", "second", "second"]


async def test_what_is_proposed_reaches_the_open_page_and_counts(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        desk = await place.desk()
        page = await place.browser.get("/activity")
        assert f",{ACTIVITY}" in page
        await desk.activity.look()
        position = desk.feed.position
        await written(place, "hello")
        told = ""
        with anyio.fail_after(10):
            async for batch in desk.feed.follow({ACTIVITY, "presence"}, position):
                told += batch.html
                if 'class="badge">1<' in told and 'hx-get="/activity/part"' in told:
                    break
        assert desk.activity.count == 1
        part = await place.browser.get("/activity/part?tab=waiting")
    assert "Dear all,\nhello" in part
    assert "<!doctype" not in part


async def test_what_happens_while_a_page_is_drawn_is_told_to_it_afterwards(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        desk = await place.desk()
        page = await place.browser.get("/activity")
        await written(place, "hello")
        await desk.activity.look()  # the first one: nothing was seen before
        position = re.search(r'data-position="([^"]+)"', page)
        assert position is not None
        with anyio.fail_after(10):
            async for batch in desk.feed.follow({ACTIVITY}, position[1]):
                assert 'hx-get="/activity/part"' in batch.html
                break


async def test_another_principal_sees_nothing_and_decides_nothing(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        key = await written(place, "hello")
        await place.sign_in_as(Principal("eve"))
        pages = [await place.browser.get(f"/activity{tab}") for tab in ("", "/outbox", "/audit")]
        act = await place.browser.client.get(f"/activity/act?key={key}")
        answers = [await decide(place, key, choice) for choice in ("approve", "deny", "happened")]
        assert await state(place, key) == "waiting"
    assert not [page for page in pages if "hello" in page or "letter_write" in page]
    assert {act.status_code, *(answer.status_code for answer in answers)} == {404}


@pytest.mark.parametrize(
    ("scopes", "sees", "words"),
    [
        ({"letters:read"}, True, "a token with the scope letters:write"),
        ({"email:*"}, False, "Nothing waits for you."),
        ({"letters:*"}, True, ">Approve<"),
    ],
    ids=["reads", "other toolset", "writes"],
)
async def test_a_token_for_less_decides_less(tmp_path: Path, scopes: set[str], sees: bool, words: str) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        key = await written(place, "hello")
        await place.sign_in_as(Principal(LOCAL.subject, scopes=frozenset(scopes)))
        page = await place.browser.get("/activity")
        audit = await place.browser.get("/activity/audit")
        answer = await decide(place, key, "approve")
        posted = await state(place, key) == "done"
    assert ("Dear all," in page) == sees
    assert words in page
    assert "it takes a token with the scope audit:read" in audit
    assert "letter_write" not in audit
    assert posted == (answer.status_code == 204) == ("letters:*" in scopes)


async def test_hostile_texts_stay_text(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        act = Act("letter", HOSTILE, HOSTILE, HOSTILE, payload={"text": "x"})
        entry = await place.server.outbox.propose(LOCAL.subject, act, key='"><b>odd&key=1')
        pages = [await place.browser.get(path) for path in ("/activity", "/activity/outbox")]
        link = re.search(r'href="(/activity/act\?key=[^"]+)"', pages[0])
        assert link is not None
        pages.append(await place.browser.get(link[1]))
        await decide(place, entry.key, "deny", HOSTILE)
        pages.append(await place.browser.get(link[1]))
        pages.append(await place.browser.get("/activity/audit"))
    for page in pages:
        assert "<script>alert" not in page
        assert "<b>odd" not in page
        assert "\u202e" not in page
    assert "&lt;script&gt;" in pages[3]
    assert "\\u202e" in pages[0]


async def test_the_audit_log_is_filtered_and_paged(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        desk = await place.desk()
        for number in range(60):
            await desk.own.call("letter_write", {"text": str(number)})
        first = await place.browser.get("/activity/audit?name=LETTER_")
        older = re.search(r'href="(/activity/audit\?[^"]*before=\d+)"', first)
        assert older is not None
        second = await place.browser.get(older[1].replace("&amp;", "&"))
        none = await place.browser.get("/activity/audit?outcome=denied")
        past = await place.browser.get("/activity/audit?day=2001-01-01")
        wrong = await place.browser.client.get("/activity/audit?day=soon")
    rows = [page.count('<th scope="row">letter_write</th>') for page in (first, second)]
    assert rows == [50, 10]
    assert "No such call is known." in none
    assert "No such call is known." in past
    assert (wrong.status_code, "A day is written like" in wrong.text) == (422, True)


async def test_the_outbox_is_shown_in_pages(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        for number in range(31):
            await place.server.outbox.propose(
                LOCAL.subject, Act("letter", f"Letter {number}", "x", payload={"n": number})
            )
        first = await place.browser.get("/activity/outbox")
        second = await place.browser.get("/activity/outbox?page=2")
        wrong = await place.browser.client.get("/activity/outbox?page=-1")
    assert (first.count("/activity/act?key="), second.count("/activity/act?key=")) == (30, 1)
    assert 'href="/activity/outbox?page=2"' in first
    assert wrong.status_code == 422


async def test_a_rule_is_shown_paused_started_and_deleted(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        desk = await place.desk()
        rule = {"action": "create", "name": "away", "text": "I am away, {name}.", "days": "2026-11-01..2099-01-01"}
        await desk.own.call("email_rule", {**rule})
        page = await place.browser.get("/activity/rules")
        assert "I am away, {name}." in page
        assert ">runs<" in page
        assert await after(place, "stop") == "stopped"
        assert await after(place, "start") == "runs"
        assert await after(place, "delete") == ""


async def after(place: Place, action: str) -> str:
    """The state of the rule after something was done with it."""
    desk = await place.desk()
    position = desk.feed.position
    await place.browser.post("/activity/rule", name="away", action=action)
    with anyio.fail_after(10):
        async for batch in desk.feed.follow({"presence"}, position):
            if 'class="toast"' in batch.html:  # what came of it is told when it is done
                break
    page = await place.browser.get("/activity/rules")
    found = re.search(r'<span class="pill \w+">(\w+)</span></header>', page)
    return found[1] if found else ""


async def test_a_decision_that_is_none_is_refused(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings=with_letters(tmp_path)) as place:
        key = await written(place, "hello")
        await place.browser.get("/activity")
        answers = [await decide(place, key, "perhaps"), await decide(place, "no-such-key", "approve")]
        assert await state(place, key) == "waiting"
    assert [answer.status_code for answer in answers] == [422, 404]
