"""Who a mail is from and to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322 §3.4: `email` as `local@domain`, the domain in lower case; `name` may be empty."""

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        """What two addresses that mean one mailbox share: compared without case."""
        return self.email.casefold()

    @property
    def domain(self) -> str:
        """After the last `@`."""
        return self.email.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email
