import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from deskhand.errors import InvalidInput, NotFound, SettingsError
from deskhand.store.database import Database
from deskhand.store.tokens import TOUCH_EVERY, Tokens, is_token, personal_token

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_token_made_here_is_valid_and_tells_whose_it_is(database: Database) -> None:
    secret, made = Tokens(database).create("ann", scopes=["files:read"], label="laptop")
    found = Tokens(database).verify(secret)
    assert found is not None
    assert (found.id, found.subject, found.label, found.scopes) == (made.id, "ann", "laptop", {"files:read"})


def test_a_token_has_a_prefix_and_256_random_bits() -> None:
    with Database(None) as database:
        secrets = {Tokens(database).create("ann", scopes=["*"])[0] for _ in range(20)}
    assert len(secrets) == 20
    assert all(is_token(secret) and secret.startswith("dh_") and len(secret) == 46 for secret in secrets)


def test_the_database_holds_the_hash_and_not_the_token(tmp_path: Path) -> None:
    with Database(tmp_path / "deskhand.db") as database:
        secret, _ = Tokens(database).create("ann", scopes=["*"])
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"ann" in stored
    assert secret.encode() not in stored
    assert secret[3:].encode() not in stored


@pytest.mark.parametrize("guess", ["", "dh_", "dh_" + "A" * 43, "Bearer x", "dh_" + "A" * 5000, "\x00"])
def test_what_was_never_given_out_is_no_token(database: Database, guess: str) -> None:
    tokens = Tokens(database)
    tokens.create("ann", scopes=["*"])
    assert tokens.verify(guess) is None


def test_a_token_is_active_by_its_id_until_it_expires_or_is_revoked(database: Database) -> None:
    clock = Clock()
    tokens = Tokens(database, clock)
    short, long = (tokens.create("ann", scopes=["*"], lifetime=timedelta(days=days))[1].id for days in (1, 30))
    assert tokens.is_active(short)
    assert tokens.is_active(long)
    clock.now = NOON + timedelta(days=1)
    assert not tokens.is_active(short)
    tokens.revoke(long)
    assert not tokens.is_active(long)
    assert not tokens.is_active("nobody")


def test_a_token_is_refused_from_the_second_it_expires(database: Database) -> None:
    clock = Clock()
    tokens = Tokens(database, clock)
    secret, _ = tokens.create("ann", scopes=["*"], lifetime=timedelta(days=30))
    clock.now = NOON + timedelta(days=30) - timedelta(seconds=1)
    assert tokens.verify(secret) is not None
    clock.now = NOON + timedelta(days=30)
    assert tokens.verify(secret) is None
    assert tokens.every()[0].state(clock.now) == "expired"


def test_a_revoked_token_is_refused_and_keeps_the_time_it_was_revoked(database: Database) -> None:
    clock = Clock()
    tokens = Tokens(database, clock)
    secret, token = tokens.create("ann", scopes=["*"])
    tokens.revoke(token.id)
    clock.now += timedelta(hours=1)
    assert tokens.revoke(token.id).revoked == NOON
    assert tokens.verify(secret) is None


def test_revoking_what_does_not_exist_says_where_the_ids_are(database: Database) -> None:
    with pytest.raises(NotFound, match="deskhand token list"):
        Tokens(database).revoke("nope")


def test_the_last_use_is_noted_coarsely(database: Database) -> None:
    clock = Clock()
    tokens = Tokens(database, clock)
    secret, _ = tokens.create("ann", scopes=["*"])
    tokens.verify(secret)
    clock.now += TOUCH_EVERY / 2
    tokens.verify(secret)
    assert tokens.every()[0].last_used == NOON
    clock.now += TOUCH_EVERY
    tokens.verify(secret)
    assert tokens.every()[0].last_used == clock.now


@pytest.mark.parametrize("scope", ["*", "files:read", "files:*", "*:read", "my-tools:write", "*:*"])
def test_these_are_scopes(scope: str) -> None:
    with Database(None) as database:
        assert Tokens(database).create("ann", scopes=[scope])[1].scopes == {scope}


@pytest.mark.parametrize("scopes", [["files"], ["files:delete"], ["Files:read"], ["files:read other:read"], [""], []])
def test_these_are_no_scopes(scopes: list[str]) -> None:
    with Database(None) as database, pytest.raises(InvalidInput, match="scope"):
        Tokens(database).create("ann", scopes=scopes)


def test_a_token_needs_a_subject_and_a_future() -> None:
    with Database(None) as database:
        with pytest.raises(InvalidInput, match="subject"):
            Tokens(database).create(" ", scopes=["*"])
        with pytest.raises(InvalidInput, match="lifetime"):
            Tokens(database).create("ann", scopes=["*"], lifetime=timedelta())


def test_the_personal_token_is_made_once_in_a_file_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with Database(tmp_path / "deskhand.db") as database:
        tokens = Tokens(database)
        secret = personal_token(tokens, file, "ann")
        assert secret is not None
        assert file.read_text().strip() == secret
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert personal_token(tokens, file, "ann") is None
        assert len(tokens.every()) == 1
        assert tokens.verify(secret) is not None


def test_a_personal_token_outlives_its_database_because_clients_have_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with Database(None) as database:
        secret = personal_token(Tokens(database), file, "ann")
    file.chmod(0o644)
    with Database(None) as database:
        assert personal_token(Tokens(database), file, "ann") is None
        assert secret is not None
        assert Tokens(database).verify(secret) is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_personal_token_stands_for_who_it_belongs_to_now(database: Database, tmp_path: Path) -> None:
    tokens = Tokens(database)
    secret = personal_token(tokens, tmp_path / "token", "root")
    personal_token(tokens, tmp_path / "token", "local")
    assert [(token.subject, token.state(datetime.now(UTC))) for token in tokens.every()] == [("local", "active")]
    assert secret is not None
    found = tokens.verify(secret)
    assert found is not None
    assert found.subject == "local"


def test_a_revoked_personal_token_stays_revoked(database: Database, tmp_path: Path) -> None:
    tokens = Tokens(database)
    secret = personal_token(tokens, tmp_path / "token", "ann")
    tokens.revoke(tokens.every()[0].id)
    personal_token(tokens, tmp_path / "token", "ann")
    assert secret is not None
    assert tokens.verify(secret) is None


def test_a_token_file_with_something_else_in_it_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("my notes")
    with Database(None) as database, pytest.raises(SettingsError, match="does not hold a token"):
        personal_token(Tokens(database), tmp_path / "token", "ann")
    assert (tmp_path / "token").read_text() == "my notes"


@pytest.mark.parametrize("content", [b"\xff\xfe", b""])
def test_a_token_file_that_holds_no_text_is_explained(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    with Database(None) as database, pytest.raises(SettingsError, match="does not hold a token"):
        personal_token(Tokens(database), tmp_path / "token", "ann")


@pytest.mark.parametrize("place", ["token", "missing/token"])
def test_a_token_file_that_cannot_be_used_is_explained(place: str, tmp_path: Path) -> None:
    (tmp_path / "token").mkdir()
    with Database(None) as database, pytest.raises(SettingsError, match=r"cannot be used: .* or set server\.token"):
        personal_token(Tokens(database), tmp_path / place, "ann")


def test_a_token_is_valid_although_its_use_cannot_be_noted(tmp_path: Path) -> None:
    with Database.in_folder(tmp_path) as database:
        secret, made = Tokens(database).create("ann", scopes=["*"])
        database.write(lambda connection: connection.exec_driver_sql("PRAGMA query_only = 1"))
        found = Tokens(database).verify(secret)
    assert found is not None
    assert found.id == made.id


def test_two_tokens_cannot_be_the_same(database: Database) -> None:
    tokens = Tokens(database)
    secret, _ = tokens.create("ann", scopes=["*"])
    with pytest.raises(IntegrityError):
        tokens.adopt(secret, "bob", scopes=["*"])
