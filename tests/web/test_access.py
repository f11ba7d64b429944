"""Who gets in, by which door, and what of other pages is turned away."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from tests.web.place import ADDRESS, Place, open_site

from deskhand.principal import Principal
from deskhand.settings import Settings
from deskhand.store.tokens import Tokens
from deskhand.store.visits import Visits
from deskhand.web.keys import Keys

pytestmark = pytest.mark.anyio

FORM = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
COOKIE = "deskhand-8642"


@asynccontextmanager
async def stranger(place: Place, address: str = "127.0.0.1") -> AsyncGenerator[httpx2.AsyncClient]:
    """A browser that was never here."""
    transport = httpx2.ASGITransport(app=place.site.app, client=(address, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS, headers={"accept": "text/html"}) as client:
        yield client


def keys(place: Place) -> Keys:
    return Keys(place.settings.data_dir / "links")


def tokens(place: Place) -> Tokens:
    return Tokens(place.site.desks.around.database)


async def test_a_link_opens_once_and_gives_a_cookie_that_no_script_and_no_other_site_gets(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as first, stranger(place) as second:
        address = f"/enter?key={keys(place).make(timedelta(minutes=1))}"
        answer = await first.get(address)
        assert answer.status_code == 200
        assert answer.headers["refresh"] == "0; url=/"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=2592000"))
        assert "Domain" not in cookie
        assert (await first.get("/chat")).status_code == 200
        refused = await second.get(address)
        assert refused.status_code == 403
        assert "deskhand link" in refused.text
        assert "set-cookie" not in refused.headers
        assert (await first.get(address)).headers["refresh"] == "0; url=/"  # the same tab, loaded again


@pytest.mark.parametrize(
    "headers",
    [{"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"sec-fetch-dest": "image"}],
)
async def test_who_only_looks_ahead_does_not_use_a_link_up(headers: dict[str, str], tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        address = f"/enter?key={keys(place).make(timedelta(minutes=1))}"
        assert (await client.get(address, headers=headers)).status_code == 403
        assert (await client.head(address)).status_code == 403
        assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "../token", "%00", "A" * 43])
async def test_a_wrong_key_opens_nothing(key: str, tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        assert (await client.get(f"/enter?key={key}")).status_code == 403


def test_a_key_is_good_until_its_time_and_for_one_of_two(tmp_path: Path) -> None:
    now = [1_000.0]
    folder = Keys(tmp_path / "links", lambda: now[0])
    old, new = folder.make(timedelta(seconds=10)), folder.make(timedelta(seconds=20))
    assert all(old not in file.name and old not in file.read_text() for file in (tmp_path / "links").iterdir())
    now[0] = 1_010
    assert not folder.redeem(old)
    assert folder.redeem(new)
    assert not folder.redeem(new)


def test_links_that_nobody_used_can_all_be_withdrawn(tmp_path: Path) -> None:
    folder = Keys(tmp_path / "links")
    assert folder.withdraw_all() == 0
    made = [folder.make(timedelta(minutes=1)) for _ in range(2)]
    assert folder.withdraw_all() == 2
    assert not any(folder.redeem(key) for key in made)


async def test_a_token_signs_in_as_whom_it_is_of_with_what_it_may(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, made = tokens(place).create("ann", scopes=["core:read"])
        answer = await client.post("/login", data={"token": f" {secret}\n", "next": "/chat?x=1"}, headers=FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/chat?x=1")
        visit = await place.site.access.visit(client.cookies[COOKIE])
        assert visit is not None
        assert (visit.principal.subject, visit.principal.scopes) == ("ann", {"core:read"})
        assert visit.principal.client == f"token:{made.id}"


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb: c"])
async def test_after_signing_in_nobody_is_sent_elsewhere(where: str, tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, _ = tokens(place).create("ann", scopes=["*"])
        answer = await client.post("/login", data={"token": secret, "next": where}, headers=FORM)
        assert answer.headers["location"] == "/"


async def test_a_cookie_that_the_browser_came_with_is_never_signed_in(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, _ = tokens(place).create("ann", scopes=["*"])
        planted = Visits(place.site.desks.around.database).begin(
            "bob", client="page", scopes=frozenset("*"), token=None
        )
        answer = await client.post("/login", data={"token": secret}, headers={**FORM, "cookie": f"{COOKIE}={planted}"})
        assert answer.status_code == 303
        assert client.cookies[COOKIE] != planted
        assert await place.site.access.visit(planted) is None


async def test_a_visit_ends_with_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskhand.web.access.REMEMBER_SECONDS", 0.0)
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, made = tokens(place).create("ann", scopes=["*"])
        await client.post("/login", data={"token": secret}, headers=FORM)
        assert await place.site.access.visit(client.cookies[COOKIE]) is not None
        tokens(place).revoke(made.id)
        assert await place.site.access.visit(client.cookies[COOKIE]) is None
        assert (await client.get("/chat")).headers["location"] == "/login?next=/chat"


async def test_a_visit_is_remembered_no_longer_than_its_desk_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskhand.web.access.REMEMBER_SECONDS", 3_600.0)
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, made = tokens(place).create("ann", scopes=["*"])
        await client.post("/login", data={"token": secret}, headers=FORM)
        access, cookie = place.site.access, client.cookies[COOKIE]
        visit = await access.visit(cookie)
        assert visit is not None
        assert await access.is_in(visit.principal)
        tokens(place).revoke(made.id)
        assert await access.visit(cookie) is visit
        assert not await access.is_in(visit.principal)
        assert await access.visit(cookie) is None


async def test_who_signs_out_is_out(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        cookie = place.browser.client.cookies[COOKIE]
        answer = await place.browser.post("/logout")
        assert answer.headers["hx-redirect"] == "/login"
        assert await place.site.access.visit(cookie) is None


async def test_strangers_are_told_how_to_get_in_as_whoever_asks_understands_it(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        page = await client.get("/chat/x?y=1")
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=/chat/x%3Fy%3D1")
        htmx = await client.get("/chat", headers={"hx-request": "true"})
        assert (htmx.status_code, htmx.headers["hx-redirect"]) == (401, "/login")
        assert (await client.get("/live?topics=tray")).status_code == 401
        assert (await client.post("/chat", data={"text": "x"}, headers=FORM)).status_code == 401
        assert (await client.get("/login")).status_code == 200
        assert (await client.get("/static/style.css")).status_code == 200
        assert (await client.get("/static/")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "arrives"),
    [
        ("/chat/abc?from=mail", "/chat/abc?from=mail"),
        ("/inspector", "/inspector"),
        ("//evil.example/x?a=1", "/"),
        ("/console/shop/resource?uri=file:///of-their-choice", "/"),
        ("/console/shop/values?argument=a", "/"),
        ("/prompt/values?name=a", "/"),
        ("/complete?text=@a", "/"),
        ("/memory?q=a", "/"),
    ],
)
async def test_a_link_from_elsewhere_arrives_without_a_cookie_where_no_server_is_asked(
    asked: str, arrives: str, tmp_path: Path
) -> None:
    arriving = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    async with open_site(tmp_path) as place, stranger(place) as client:
        for site in ("cross-site", "same-site"):
            answer = await client.get(f"{ADDRESS}{asked}", headers={**arriving, "sec-fetch-site": site})
            assert answer.headers["refresh"] == f"0; url={arrives}"
        silent = await client.get(f"{ADDRESS}{asked}")
        assert silent.headers["location"] == f"/login?next={quote(arrives, safe='/')}"
        form = await client.get("/login", params={"next": asked}, headers={**arriving, "sec-fetch-site": "cross-site"})
        assert f'name="next" value="{arrives}"' in form.text


async def test_a_page_of_another_program_of_this_machine_makes_no_server_read_though_its_links_come_with_the_cookie(
    tmp_path: Path,
) -> None:
    arriving = {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    async with open_site(tmp_path) as place:
        answer = await place.browser.client.get("/console/deskhand/resource?uri=file:///a.txt", headers=arriving)
        assert answer.headers["refresh"] == "0; url=/"
        assert (await place.browser.client.get("/servers", headers=arriving)).status_code == 200


async def test_under_a_name_of_its_own_link_cookie_host_and_origin_are_of_that_name(tmp_path: Path) -> None:
    own = "http://nobody-guesses.localhost:8642"
    settings = Settings.model_validate(
        {"data_dir": tmp_path / "data", "workspace": tmp_path / "workspace", "server": {"public_url": own}}
    )
    async with open_site(tmp_path, settings=settings) as place, stranger(place) as client:
        client.base_url = own
        entered = await client.get(f"/enter?key={keys(place).make(timedelta(minutes=1))}")
        assert "Domain" not in entered.headers["set-cookie"]
        visit = await place.site.access.visit(client.cookies[COOKIE])
        assert visit is not None
        for origin, status in ((ADDRESS, 403), ("http://other.localhost:8642", 403), (own, 204)):
            headers = {"origin": origin, "x-csrf-token": visit.csrf, "hx-request": "true"}
            assert (await client.post("/logout", headers=headers)).status_code == status
        assert (await client.get("/login", headers={"host": "other.localhost:8642"})).status_code == 421


HOSTILE: dict[str, tuple[int, str, dict[str, str]]] = {
    "another host": (421, "GET", {"host": "evil.example"}),
    "no page's csrf token": (403, "POST", FORM),
    "a wrong csrf token": (403, "POST", FORM | {"x-csrf-token": "é"}),
    "another origin": (403, "POST", {"origin": "https://evil.example"}),
    "another program on this machine": (403, "POST", {"origin": "http://127.0.0.1:3000"}),
    "an opaque origin": (403, "POST", {"origin": "null"}),
    "neither origin nor site": (403, "POST", {}),
    "a form of another site": (403, "POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}),
    "an image of another port": (403, "GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}),
    "a frame of another site": (
        403,
        "GET",
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_what_is_not_of_our_pages_is_refused_even_with_the_cookie(case: str, tmp_path: Path) -> None:
    status, method, headers = HOSTILE[case]
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    async with open_site(tmp_path) as place:
        answer = await place.browser.client.request(method, "/chat", headers=raw)
        assert answer.status_code == status
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_cookie_of_another_deskhand_on_this_machine_is_nothing_here(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        value = place.browser.client.cookies[COOKIE]
        answer = await client.get("/chat", headers={"cookie": f"deskhand-8643={value}"})
        assert answer.status_code == 303


async def test_bodies_are_bounded_and_those_of_strangers_most(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        assert (await client.post("/login", data={"token": "x" * 20_000}, headers=FORM)).status_code == 413
        assert (await place.browser.post("/chat", text="x" * (5 * 1024 * 1024))).status_code == 413


async def test_a_head_is_answered_as_a_get_without_a_body(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        for path in ("/chat", "/live?topics=tray"):
            answer = await place.browser.client.head(path)
            assert (answer.status_code, answer.text) == (200, "")


async def test_two_people_and_two_sets_of_rights_have_desks_of_their_own(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place:
        ann, bob, less = [
            await place.desk(principal)
            for principal in (_principal("ann", "*"), _principal("bob", "*"), _principal("ann", "core:read"))
        ]
        assert ann is await place.desk(_principal("ann", "*"))
        assert len({id(desk.feed) for desk in (ann, bob, less)}) == 3
        start = bob.feed.position
        ann.feed.put("tray", "q", "<p id=q>secret</p>")
        assert bob.feed.position == start


def _principal(subject: str, *scopes: str) -> Principal:
    return Principal(subject, "page", frozenset(scopes))
