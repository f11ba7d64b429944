"""Who looks at a page: the principal of a request, and what its forms must prove."""

from dataclasses import dataclass

from starlette.requests import Request

from deskhand.principal import ALL_SCOPES, LOCAL, Principal
from deskhand.store.visits import StoredVisit


@dataclass(frozen=True, slots=True)
class Visit:
    """One signed-in browser."""

    principal: Principal
    csrf: str
    """What every POST of its pages must send back in `X-CSRF-Token`."""
    session: str
    """The digest of its cookie: names the visit in logs and in the database."""
    by_link: bool = False
    """It began with a one-time link, which only who sits at this machine can print; not with an access token."""

    @classmethod
    def of(cls, stored: StoredVisit) -> "Visit":
        """The visit as pages know it."""
        who = Principal(stored.subject, stored.client, stored.scopes)
        return cls(who, stored.csrf, stored.digest, by_link=stored.token is None)


def visit_of(request: Request) -> Visit:
    """The visit a request belongs to; `access` lets no other request come this far."""
    visit = request.scope["deskhand.visit"]
    assert isinstance(visit, Visit)
    return visit


def desk_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """The rights of the desk that scopes lead to: whatever else they say, all of them (`*`) are one desk."""
    return ALL_SCOPES if scopes >= ALL_SCOPES else scopes


def is_owner(principal: Principal) -> bool:
    """Whether it is the owner of this machine, with all rights: a token of theirs for some rights stays within those.

    Only the owner starts commands, which is what servers of `mcp.json` are.
    """
    return principal.subject == LOCAL.subject and LOCAL.scopes <= principal.scopes
