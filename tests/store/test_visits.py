from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskhand.store.database import Database
from deskhand.store.visits import LIFETIME, Visits

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def begin(visits: Visits, subject: str = "ann", token: str | None = None) -> str:
    """The cookie of a new visit."""
    return visits.begin(subject, client="page", scopes=frozenset({"files:read", "core:read"}), token=token)


def test_a_cookie_leads_to_its_visit_also_for_the_next_process(tmp_path: Path) -> None:
    with Database(tmp_path / "deskhand.db") as database:
        cookie = begin(Visits(database), token="ab12")
    with Database(tmp_path / "deskhand.db") as database:
        found = Visits(database).find(cookie)
    assert found is not None
    assert (found.subject, found.client, found.token) == ("ann", "page", "ab12")
    assert found.scopes == {"files:read", "core:read"}
    assert len(found.csrf) >= 43


def test_the_database_holds_the_digest_and_not_the_cookie(tmp_path: Path) -> None:
    with Database(tmp_path / "deskhand.db") as database:
        cookie = begin(Visits(database))
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"files:read" in stored
    assert cookie.encode() not in stored


def test_no_two_visits_have_a_cookie_or_a_csrf_token_in_common(database: Database) -> None:
    visits = Visits(database)
    cookies = [begin(visits) for _ in range(10)]
    found = [visit for cookie in cookies if (visit := visits.find(cookie))]
    assert len(set(cookies)) == len({visit.csrf for visit in found}) == 10


def test_the_digest_itself_is_no_cookie(database: Database) -> None:
    visits = Visits(database)
    found = visits.find(begin(visits))
    assert found is not None
    assert visits.find(found.digest) is None
    assert visits.find("") is None


def test_a_visit_ends_after_thirty_days_and_is_forgotten_when_somebody_else_comes(database: Database) -> None:
    clock = Clock()
    visits = Visits(database, clock)
    cookie = begin(visits)
    assert timedelta(days=30) == LIFETIME
    clock.now = NOON + LIFETIME - timedelta(seconds=1)
    assert visits.find(cookie) is not None
    clock.now = NOON + LIFETIME
    assert visits.find(cookie) is None
    begin(visits, "bob")
    clock.now = NOON
    assert visits.find(cookie) is None


def test_who_signs_out_is_out_and_nobody_else(database: Database) -> None:
    visits = Visits(database)
    first, second = begin(visits), begin(visits)
    found = visits.find(first)
    assert found is not None
    visits.end(found.digest)
    assert visits.find(first) is None
    assert visits.find(second) is not None


def test_all_browsers_of_one_person_can_be_signed_out(database: Database) -> None:
    visits = Visits(database)
    mine, other = [begin(visits), begin(visits)], begin(visits, "bob")
    assert visits.end_all("ann") == 2
    assert [visits.find(cookie) for cookie in mine] == [None, None]
    assert visits.find(other) is not None
