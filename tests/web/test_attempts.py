"""Guessing tokens at the login is slow, and holds up nobody but who guesses."""

from pathlib import Path

import anyio
import pytest
from tests.web.place import open_site
from tests.web.test_access import FORM, stranger, tokens

from deskhand.web.entrance import WRONG_TOKENS

pytestmark = pytest.mark.anyio


async def test_wrong_tokens_are_slowed_down(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        for _ in range(WRONG_TOKENS):
            assert (await client.post("/login", data={"token": "dh_no"}, headers=FORM)).status_code == 403
        answer = await client.post("/login", data={"token": "dh_no"}, headers=FORM)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 61


async def test_wrong_tokens_that_come_at_once_are_slowed_down_like_those_in_turn(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, made = tokens(place).create("ann", scopes=["*"])
        tokens(place).revoke(made.id)
        statuses: list[int] = []

        async def guess() -> None:
            statuses.append((await client.post("/login", data={"token": secret}, headers=FORM)).status_code)

        async with anyio.create_task_group() as tasks:
            for _ in range(3 * WRONG_TOKENS):
                tasks.start_soon(guess)
        assert (statuses.count(403), statuses.count(429)) == (WRONG_TOKENS, 2 * WRONG_TOKENS)


@pytest.mark.parametrize(
    ("wrong", "other", "status"),
    [("192.0.2.1", "192.0.2.2", 303), ("2001:db8::1", "2001:db8:0:1::1", 303), ("2001:db8::1", "2001:db8::2", 429)],
)
async def test_wrong_tokens_of_one_address_hold_up_no_other(
    wrong: str, other: str, status: int, tmp_path: Path
) -> None:
    async with open_site(tmp_path) as place, stranger(place, wrong) as guessing, stranger(place, other) as client:
        secret, _ = tokens(place).create("ann", scopes=["*"])
        for _ in range(WRONG_TOKENS):
            await guessing.post("/login", data={"token": "dh_no"}, headers=FORM)
        assert (await client.post("/login", data={"token": secret}, headers=FORM)).status_code == status


async def test_right_tokens_are_not_counted(tmp_path: Path) -> None:
    async with open_site(tmp_path) as place, stranger(place) as client:
        secret, _ = tokens(place).create("ann", scopes=["*"])
        answers = [await client.post("/login", data={"token": secret}, headers=FORM) for _ in range(WRONG_TOKENS + 1)]
        assert {answer.status_code for answer in answers} == {303}
