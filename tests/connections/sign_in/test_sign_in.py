"""Signing in with OAuth against a real authorization server on another port, with the browser played by a GET."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from deskhand.host.connections import Connections
from deskhand.host.human import Nobody
from deskhand.host.token_file import KeyringTokens

pytestmark = pytest.mark.anyio

Until = Callable[..., Any]
Place = Any


async def is_ready(connections: Connections, until: Until) -> None:
    await until(lambda: connections.states()[0].state == "ready")


async def test_signing_in_uses_pkce_the_resource_and_the_issuer_and_is_remembered(
    place: Place, sink: Any, until: Until, text_of: Any, tmp_path: Path
) -> None:
    async with place.connections(sink) as connections:
        await is_ready(connections, until)
        assert await text_of(connections, "look") == "seen"
    async with place.connections(sink) as connections:  # another start of the host
        await is_ready(connections, until)
    asked = place.authority.authorizations
    assert len(asked) == 1
    assert asked[0]["code_challenge_method"] == "S256"
    assert asked[0]["resource"] == place.spec.url
    path = tmp_path / "tokens.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert next(iter(json.loads(path.read_text())["credentials"])) == (
        f"{place.authority.issuer} client-0 {place.spec.url}"
    )
    shown = [event.detail for event in sink.of("connection_changed") if event.state == "needs_sign_in"]
    assert shown == [f"Sign in at {place.pages[0]}"]


async def test_an_expired_token_is_refreshed_once_by_all_hosts_together(
    place: Place, sink: Any, until: Until, text_of: Any
) -> None:
    async with place.connections(sink) as connections:
        await is_ready(connections, until)
    kept = place.tokens.read(place.spec.url or "")
    assert kept is not None
    await place.tokens.write(kept.model_copy(update={"expires_at": 1.0}))
    place.authority.access.clear()
    async with place.connections(sink) as one, place.connections(sink) as two:
        await is_ready(one, until)
        await is_ready(two, until)
        assert await text_of(two, "look") == "seen"
    assert place.authority.grants == ["authorization_code", "refresh_token"]
    assert len(place.pages) == 1


async def test_a_rejected_token_is_refreshed_and_a_revoked_sign_in_is_made_again(
    place: Place, sink: Any, until: Until, text_of: Any
) -> None:
    async with place.connections(sink) as connections:
        await is_ready(connections, until)
        place.authority.access.clear()
        assert await text_of(connections, "look") == "seen"
        assert len(place.pages) == 1
        place.authority.access.clear()
        place.authority.refresh.clear()
        assert await text_of(connections, "look") == "seen"
        assert len(place.pages) == 2


async def test_more_scopes_are_asked_for_when_a_call_needs_them(
    place: Place, sink: Any, until: Until, text_of: Any
) -> None:
    async with place.connections(sink) as connections:
        await is_ready(connections, until)
        assert await text_of(connections, "change") == "changed"
        assert set(place.authority.authorizations[1]["scope"].split()) == {"read", "write"}


async def test_an_answer_of_another_issuer_is_refused(place: Place, sink: Any, until: Until) -> None:
    place.authority.named_issuer = "https://attacker.example"
    async with place.connections(sink) as connections:
        await until(lambda: "sign-in failed" in connections.states()[0].detail)
        assert connections.states()[0].state == "needs_sign_in"
    assert place.authority.grants == []


async def test_a_person_who_says_no_is_not_asked_again(place: Place, sink: Any, until: Until) -> None:
    place.authority.denies = True
    async with place.connections(sink) as connections:
        await until(lambda: "not today" in connections.states()[0].detail)
        assert connections.states()[0].state == "needs_sign_in"
        place.authority.denies = False
        await connections.restart("guarded")
        await is_ready(connections, until)
    assert len(place.pages) == 2


async def test_a_client_metadata_document_is_used_where_it_is_taken(place: Place, sink: Any, until: Until) -> None:
    place.authority.takes_metadata_documents = True
    document = "https://client.example/deskhand.json"
    async with place.connections(sink, client_metadata_url=document) as connections:
        await is_ready(connections, until)
    assert place.authority.authorizations[0]["client_id"] == document
    assert place.authority.clients == {}


async def test_calls_run_side_by_side(place: Place, sink: Any, until: Until, text_of: Any) -> None:
    async with place.connections(sink) as connections:
        await is_ready(connections, until)
        async with anyio.create_task_group() as group:
            group.start_soon(text_of, connections, "hang")
            with anyio.fail_after(10):
                assert await text_of(connections, "look") == "seen"
            group.cancel_scope.cancel()


async def test_without_a_way_to_sign_in_the_state_says_what_is_missing(place: Place, sink: Any, until: Until) -> None:
    async with Connections([place.spec], human=Nobody(), emit=sink.append) as connections:
        await until(lambda: connections.states()[0].state == "needs_sign_in")
        assert "HTTP 401" in connections.states()[0].detail


class Drawer(dict[tuple[str, str], str]):
    """A keyring in memory."""

    def get_password(self, service_name: str, username: str) -> str | None:
        return self.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self[service_name, username] = password


async def test_the_keyring_can_hold_the_tokens(place: Place, sink: Any, until: Until, tmp_path: Path) -> None:
    place.tokens = KeyringTokens(Drawer(), tmp_path)
    for _ in range(2):
        async with place.connections(sink) as connections:
            await is_ready(connections, until)
    assert len(place.pages) == 1
    await place.tokens.forget(place.spec.url or "")
    assert place.tokens.read(place.spec.url or "") is None
