"""The name that somebody probably meant."""

from collections.abc import Sequence
from difflib import get_close_matches


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of `names` that is most like `name`, whatever the case and the quotes; empty when none is."""
    plain = {candidate.strip('"').casefold(): candidate for candidate in names}
    found = get_close_matches(name.strip('"').casefold(), list(plain), n=1, cutoff=0.6)
    return plain[found[0]] if found else ""
