"""How a request proves who pays for it: nothing, a key, or a token that is fetched (see token_source.py)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

_LOOKS_SECRET = re.compile(r"\b(?:sk|pk|gsk|xai|key|hf)[-_][A-Za-z0-9_\-*.]{6,}|(?<=Bearer )\S{6,}|(?<=Basic )\S{6,}")


class Credentials(Protocol):
    """What an endpoint needs to sign its requests."""

    @property
    def source(self) -> str:
        """Where the secret comes from, such as `OPENAI_API_KEY`; shown when it is refused."""
        ...

    async def headers(self) -> dict[str, str]:
        """The headers that carry the secret."""
        ...

    def refused(self) -> bool:
        """The provider answered 401. True when asking again with fresh headers may help."""
        ...

    def secrets(self) -> Iterable[str]:
        """Texts that must never be shown."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A fixed key: `Authorization: Bearer …`, or in a header of its own. An empty key sends nothing."""

    value: str = field(default="", repr=False)
    source: str = "model.api_key"
    header: str = "Authorization"

    async def headers(self) -> dict[str, str]:
        """The one header, if there is a key."""
        if not self.value:
            return {}
        return {self.header: f"Bearer {self.value}" if self.header == "Authorization" else self.value}

    def refused(self) -> bool:
        """A fixed key does not get better."""
        return False

    def secrets(self) -> Iterable[str]:
        """The key."""
        return (self.value,) if self.value else ()


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the `secrets` and without anything that looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return _LOOKS_SECRET.sub("***", text)
