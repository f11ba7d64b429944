"""Who performs what the outbox holds, and the accounts of a server."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from deskhand.errors import SettingsError
from deskhand.mail.compose import Outgoing
from deskhand.outbox.act import Act, Attempt, Entry, Performer
from deskhand.settings_accounts import AccountSettings
from deskhand.testing import client_of, services, serving
from deskhand.toolset import Toolset

ANN = {"address": "ann@example.org", "owner": "ann", "smtp": "smtps://smtp.example.org"}


class Doing:
    """Performs by doing nothing."""

    async def perform(self, entry: Entry, attempt: Attempt) -> Mapping[str, JsonValue]:
        return {"by": "doing"}

    async def look(self, entry: Entry) -> Mapping[str, JsonValue] | None:
        return None


class Rules(Toolset):
    """A toolset whose acts are rules."""

    name, title, summary = "rules", "Rules", "Rules."

    def performers(self) -> Mapping[str, Performer]:
        return {"rule": Doing()}


class Letters(Rules):
    """One that claims the mails."""

    name = "letters"

    def performers(self) -> Mapping[str, Performer]:
        return {"mail": Doing()}


class Quiet(Toolset):
    """One that performs nothing."""

    name, title, summary = "quiet", "Quiet", "Quiet."


@pytest.mark.anyio
async def test_mails_and_the_acts_of_toolsets_are_performed_without_a_running_server() -> None:
    async with serving(Rules, Quiet) as server:
        performers = server.performers()
        assert set(performers) == {"mail", "mail_automatic", "rule"}
        entry = await server.outbox.propose("local", Act("rule", "A rule", "A rule"))
        assert (await server.outbox.perform("local", entry.key, performers["rule"])).result == {"by": "doing"}


@pytest.mark.anyio
async def test_two_performers_of_one_kind_are_refused() -> None:
    async with serving(Letters) as server:
        with pytest.raises(SettingsError, match="toolset letters performs 'mail', which is performed already"):
            server.performers()


@pytest.mark.anyio
async def test_the_mailboxes_of_a_server_are_open_again_after_it_ran() -> None:
    async with serving(Quiet) as server:
        (account,) = server.accounts.of("local")
        before = server.accounts.mailbox(account)
        async with client_of(server):
            assert server.accounts.mailbox(account) is before
        after = server.accounts.mailbox(account)
        assert after is not before
        assert [folder.total for folder in await after.folders()] == [0] * 5


@pytest.mark.anyio
async def test_an_account_with_a_wrong_name_stops_the_server_with_its_key() -> None:
    with pytest.raises(SettingsError, match=r"accounts\.thread: this name has a meaning of its own"):
        async with serving(Quiet, settings={"accounts": {"thread": ANN}}):
            pass


@pytest.mark.anyio
async def test_toolsets_under_test_have_accounts_and_a_post(tmp_path: Path) -> None:
    lent = services(
        tmp_path, now=datetime(2026, 11, 23, tzinfo=UTC), accounts={"work": AccountSettings.model_validate(ANN)}
    )
    assert [account.name for account in lent.accounts.of("ann")] == ["work"]
    (account,) = lent.accounts.of("bob")
    outgoing = Outgoing(account.address, to=(account.address,), subject="Hello", text="Hello\n")
    entry = await lent.post.propose("bob", account, outgoing)
    assert (await lent.post.send("bob", entry.key)).state == "done"
