"""Who a mail is from and to."""

from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

_FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322 §3.4: `email` as `local@domain`, the domain in lower case; `name` may be empty."""

    email: str
    name: str = ""

    @property
    def key(self) -> str:
        """What two addresses that mean one mailbox share: see `folded`."""
        return folded(self.email)

    @property
    def domain(self) -> str:
        """After the last `@`."""
        return self.email.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


def folded(email: str) -> str:
    """An address for comparing: A-Z in lower case, all other letters as they are.

    Unicode's case folding makes `groß@` and `gross@`, or `ſam@` and `sam@`, the same, which are mailboxes of different
    people; servers that know other letters (RFC 6532) need not fold them.
    """
    return email.translate(_FOLDED)
