"""Which names may be given to files: any a person can see and type, but not the toolset's own."""

from deskhand.errors import Denied, InvalidInput
from deskhand.visible import hides
from deskhand.workspace.address import Parts, shown
from deskhand.workspace.root import RESERVED


def check_new_name(parts: Parts) -> None:
    """Refuse names that deceive or are reserved.

    Raises:
        InvalidInput: the workspace itself, or a name with control or invisible characters or a space at its end.
        Denied: a name of the toolset's own, such as the trash.
    """
    if not parts:
        raise InvalidInput("This is the workspace itself. Name something in it, such as file:///docs/a.txt.")
    for name in parts:
        if hides(name) or name != name.strip():
            raise InvalidInput(
                f"{shown(parts)} has an invisible character or a space at an end of a name. Leave it out."
            )
        if name.casefold().startswith(RESERVED):
            raise Denied(
                f"{shown(parts)}: names that begin with {RESERVED} belong to Deskhand. The trash can be restored from."
            )
