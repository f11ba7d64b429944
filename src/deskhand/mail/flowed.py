"""Paragraphs of format=flowed text (RFC 3676), put together again."""


def unflowed(text: str, *, delete_space: bool) -> str:
    """Lines that end with a space go on in the next one of the same quote depth; the signature mark does not.

    `delete_space` is DelSp=yes (§4.2): the space at the end belongs to the flowing, not to the text.
    """
    paragraphs: list[str] = []
    pieces: list[str] = []
    depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        line_depth = len(line) - len(content)
        content = content.removeprefix(" ")
        mark = content == "-- "
        if pieces and (line_depth != depth or mark):
            paragraphs.append(_quoted(depth, pieces))
            pieces = []
        depth = line_depth
        flows = content.endswith(" ") and not mark
        pieces.append(content[:-1] if flows and delete_space else content)
        if not flows:
            paragraphs.append(_quoted(depth, pieces))
            pieces = []
    return "\n".join([*paragraphs, *([_quoted(depth, pieces)] if pieces else [])])


def _quoted(depth: int, pieces: list[str]) -> str:
    content = "".join(pieces)
    return f"{'>' * depth} {content}" if depth else content
