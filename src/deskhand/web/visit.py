"""Who looks at a page: the principal of a request, and what its forms must prove."""

from dataclasses import dataclass

from starlette.requests import Request

from deskhand.principal import LOCAL, Principal
from deskhand.store.visits import StoredVisit


@dataclass(frozen=True, slots=True)
class Visit:
    """One signed-in browser."""

    principal: Principal
    csrf: str
    """What every POST of its pages must send back in `X-CSRF-Token`."""
    session: str
    """The digest of its cookie: names the visit in logs and in the database."""

    @classmethod
    def of(cls, stored: StoredVisit) -> "Visit":
        """The visit as pages know it."""
        return cls(Principal(stored.subject, stored.client, stored.scopes), stored.csrf, stored.digest)


def visit_of(request: Request) -> Visit:
    """The visit a request belongs to; `access` lets no other request come this far."""
    visit = request.scope["deskhand.visit"]
    assert isinstance(visit, Visit)
    return visit


def is_owner(principal: Principal) -> bool:
    """Whether it is the owner of this machine, with all rights: a token of theirs for some rights stays within those.

    Only the owner starts commands, which is what servers of `mcp.json` are.
    """
    return principal.subject == LOCAL.subject and LOCAL.scopes <= principal.scopes
