"""Where passwords and tokens come from, and that they go nowhere else."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import anyio
import keyring
import pytest
from keyring.backends import fail
from tests.outbox.world import Clock

from deskhand.errors import DeskhandError, SettingsError, Unavailable
from deskhand.mail.account_settings import accounts_of
from deskhand.mail.keyring_password import keep_password, keyring_password, system_keyring
from deskhand.mail.oauth_token import OAuthTokens
from deskhand.settings_accounts import AccountSettings, OAuthSettings

pytestmark = pytest.mark.anyio
SECRET = "planted-7731"


def secret_of(**given: object) -> Callable[[], Awaitable[str]]:
    section = {"address": "ann@example.org", "imap": "imaps://imap.example.org", **given}
    (account,) = accounts_of({"work": AccountSettings.model_validate(section)}, Clock())
    assert account.secret is not None
    assert SECRET not in repr(account)
    return account.secret


async def test_a_password_comes_from_the_settings() -> None:
    assert await secret_of(password=SECRET)() == SECRET


async def test_a_password_file_is_read_when_the_password_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "password"
    secret = secret_of(password_file=file)
    for password in (SECRET, "änother one "):
        file.write_text(f"{password}\n", encoding="utf-8")
        assert await secret() == password


FILES: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"\n",
    "two lines": f"user\n{SECRET}\n".encode(),
    "not text": b"\xff\xfe" + SECRET.encode(),
    "endless": SECRET.encode() * 1000,
}


@pytest.mark.parametrize("case", FILES)
async def test_a_password_file_that_holds_none_is_named(tmp_path: Path, case: str) -> None:
    file, content = tmp_path / "password", FILES[case]
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"^accounts\.work\.password_file: .*/password ") as caught:
        await secret_of(password_file=file)()
    assert SECRET not in told_of(caught.value)


class FakeKeyring:
    """A keyring in memory; locked ones raise errors of their own kind."""

    def __init__(self, *, locked: bool = False) -> None:
        self._locked = locked
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service_name: str, username: str) -> str | None:
        self._check()
        return self._kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._check()
        self._kept[service_name, username] = password

    def _check(self) -> None:
        if self._locked:
            raise RuntimeError(f"locked, {SECRET}")


async def test_the_keyring_gives_what_was_kept_in_it() -> None:
    fake = FakeKeyring()
    await keep_password("work", SECRET, lambda: fake)
    assert await keyring_password("work", lambda: fake) == SECRET
    with pytest.raises(SettingsError, match="no password for the account 'home'"):
        await keyring_password("home", lambda: fake)


async def test_a_locked_keyring_says_so_and_nothing_more() -> None:
    fake = FakeKeyring(locked=True)
    with pytest.raises(Unavailable, match="does not give the password of the account 'work'") as caught:
        await keyring_password("work", lambda: fake)
    assert "locked, planted" not in str(caught.value)
    with pytest.raises(Unavailable, match="does not take"):
        await keep_password("work", SECRET, lambda: fake)


async def test_a_system_without_a_keyring_is_told_of_password_file() -> None:
    usual = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        with pytest.raises(SettingsError, match="offers no keyring: use password_file"):
            system_keyring()
    finally:
        keyring.set_keyring(usual)


@dataclass
class Provider:
    """A token endpoint: gives the answers in turn, the last one for ever."""

    answers: list[tuple[str, str]]
    asked: list[dict[str, list[str]]] = field(default_factory=list[dict[str, list[str]]])
    url: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].split()[0])
        self.asked.append(parse_qs((await reader.readexactly(length)).decode()))
        status, body = self.answers[min(len(self.asked), len(self.answers)) - 1]
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()


def token(value: str, **fields: object) -> tuple[str, str]:
    return "200 OK", json.dumps({"access_token": value, "token_type": "Bearer", **fields})


@asynccontextmanager
async def provider(*answers: tuple[str, str]) -> AsyncGenerator[Provider]:
    found = Provider(list(answers))
    listening = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/token"
    try:
        yield found
    finally:
        listening.close()


def tokens(found: Provider, clock: Clock, kept: Path | None = None, **given: object) -> OAuthTokens:
    settings = {"token_url": found.url, "client_id": "desk", "refresh_token": SECRET, **given}
    return OAuthTokens("work", OAuthSettings.model_validate(settings), clock, kept)


async def test_a_token_is_used_until_it_ends() -> None:
    clock = Clock()
    async with provider(token("one", expires_in=3600), token("two", expires_in=3600)) as found:
        source = tokens(found, clock, client_secret="hush", scope="mail")
        assert [await source.token(), await source.token()] == ["one", "one"]
        clock.forward(seconds=3541)
        assert await source.token() == "two"
    assert found.asked[0] == {
        "grant_type": ["refresh_token"],
        "refresh_token": [SECRET],
        "client_id": ["desk"],
        "client_secret": ["hush"],
        "scope": ["mail"],
    }
    assert len(found.asked) == 2


async def test_callers_at_once_share_one_new_token() -> None:
    async with provider(token("one", expires_in=3600)) as found:
        source = tokens(found, Clock())
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(source.token)
    assert len(found.asked) == 1


async def test_a_new_refresh_token_is_used_from_then_on() -> None:
    clock = Clock()
    async with provider(token("one", expires_in=120, refresh_token="next")) as found:
        source = tokens(found, clock)
        await source.token()
        clock.forward(hours=1)
        await source.token()
    assert [each["refresh_token"] for each in found.asked] == [[SECRET], ["next"]]


async def test_a_new_refresh_token_outlives_the_process_until_the_settings_have_another(tmp_path: Path) -> None:
    kept = tmp_path / "tokens/work.json"
    async with provider(token("one", refresh_token="next"), token("two")) as found:
        for given in (SECRET, SECRET, "set anew"):
            await tokens(found, Clock(), kept, refresh_token=given).token()
    assert [each["refresh_token"] for each in found.asked] == [[SECRET], ["next"], ["set anew"]]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["work.json"]


async def test_a_new_refresh_token_that_cannot_be_kept_is_used_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tokens").write_text("in the way")
    clock = Clock()
    async with provider(token("one", expires_in=120, refresh_token="next")) as found:
        source = tokens(found, clock, tmp_path / "tokens/work.json")
        await source.token()
        clock.forward(hours=1)
        await source.token()
    assert found.asked[1]["refresh_token"] == ["next"]
    assert "cannot be kept" in caplog.text
    assert "next" not in caplog.text.replace("next start", "")


@pytest.mark.parametrize("lifetime", [None, "soon", -1, 1e300, True])
async def test_a_token_of_unknown_life_is_used_for_some_minutes(lifetime: object) -> None:
    clock = Clock()
    async with provider(token("one", expires_in=lifetime), token("two")) as found:
        source = tokens(found, clock)
        assert [await source.token(), await source.token()][0] == "one"
        clock.forward(minutes=6)
        assert await source.token() == "two"


REFUSALS: dict[str, tuple[str, str, type[DeskhandError], str]] = {
    "revoked": (
        "400 Bad Request",
        '{"error": "invalid_grant"}',
        SettingsError,
        "and set accounts.work.oauth.refresh_token",
    ),
    "a client nobody knows": ("401 Unauthorized", '{"error": "invalid_client"}', SettingsError, "401 invalid_client"),
    "one that repeats it": ("400 Bad Request", json.dumps({"error": f"bad {SECRET}"}), SettingsError, "answers 400. "),
    "busy": ("503 Busy", "<html>", Unavailable, "answers 503, without an access token"),
    "no token": ("200 OK", "{}", Unavailable, "answers 200, without an access token"),
    "no object": ("200 OK", f'["{SECRET}"]', Unavailable, "answers 200, without an access token"),
    "elsewhere": ("307 Go\r\nLocation: http://127.0.0.1:9/", "", SettingsError, "token_url: More than 0 redirects"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_a_refusal_says_what_helps_and_no_secret(case: str, caplog: pytest.LogCaptureFixture) -> None:
    status, body, kind, told = REFUSALS[case]
    caplog.set_level(logging.DEBUG)
    async with provider((status, body)) as found:
        source = tokens(found, Clock())
        with pytest.raises(kind) as caught:
            await source.token()
    assert told in str(caught.value)
    assert SECRET not in told_of(caught.value) + caplog.text + repr(source)


def told_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
