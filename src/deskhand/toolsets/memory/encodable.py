"""Text that can be written down: JSON may carry halves of characters, which no file, database or model takes."""

from deskhand.errors import InvalidInput


def encodable(argument: str, text: str) -> str:
    """The text itself.

    Raises:
        InvalidInput: half of a surrogate pair stands in it; `argument` says where the text came from.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{argument} is no valid text: character {error.start + 1} is half of a pair.") from error
    return text
