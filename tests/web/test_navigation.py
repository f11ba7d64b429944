"""What leads from page to page: the same list everywhere, each with its key, and one way out."""

from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.web.place import Browser, open_site

pytestmark = pytest.mark.anyio


async def refused(browser: Browser) -> LexborHTMLParser:
    """What a person sees at an address that is none."""
    answer = await browser.client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    return LexborHTMLParser(answer.text)


def words(page: LexborHTMLParser, selector: str) -> list[str]:
    """The texts of what is found, without what stands in it."""
    return [node.text(deep=False, strip=True) for node in page.css(selector)]


async def test_the_pages_are_the_same_beside_a_page_at_an_address_that_is_none_and_among_the_keys(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, []) as place:
        page = LexborHTMLParser(await place.browser.get("/chat"))
        lost = await refused(place.browser)
        links = page.css("#nav a")
        addresses = [link.attributes["href"] for link in links]
        assert len(addresses) == 6
        assert addresses == [link.attributes["href"] for link in lost.css("nav a")]
        assert words(page, "#nav a") == words(lost, "nav a") == words(page, "#keys dd")[-6:]
        keys = [key for link in links for key in ("g", link.attributes["data-key"])]
        assert keys == words(page, "#keys dl kbd")[-12:]
        for address in addresses:
            assert address is not None
            assert 'aria-current="page"' in await place.browser.get(address)


async def test_a_visit_is_ended_from_one_place_of_a_page(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        for address in ("/chat", "/console"):
            page = LexborHTMLParser(await place.browser.get(address))
            assert words(page, "[hx-post='/logout']") == ["Log out"]
            assert page.css_matches("#more [hx-post='/logout']")


async def test_letters_as_keys_can_be_switched_off_where_they_are_listed(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        page = LexborHTMLParser(await place.browser.get("/chat"))
        assert words(page, "#keys label:has(> #letters[type=checkbox][checked])") == ["Single-letter keys"]
        assert page.css_matches("#more button[data-opens=keys]")


async def test_the_keys_that_can_be_switched_off_say_so_and_no_others(tmp_path: Path) -> None:
    async with open_site(tmp_path, []) as place:
        page = LexborHTMLParser(await place.browser.get("/chat"))
    rows = list(zip(page.css("#keys dt"), page.css("#keys dd"), strict=True))
    off = [key.text(strip=True) for key, what in rows if what.css_matches(".off")]
    assert off == ["/", "n", "q", "jk", "?", "gc", "gk", "gi", "gs", "gm", "ga"]
    assert [key.text(strip=True) for key, what in rows if not what.css_matches(".off")][-2:] == ["/", "@"]
