"""What went along with what the person says: the resources they attached, each marked as data, and pictures."""

import re
from collections.abc import Iterable, Iterator

from deskhand.context.message import Block, Image, Message, Text
from deskhand.host.attachments import AS_DATA
from deskhand.web.pieces import Attached
from deskhand.web.results import Part, Remark, picture_part

_SOURCE = re.compile(r"(?:(?P<server>[^:]*) )?(?P<uri>[^\s:]+:.*)")
"""A resource and its server, as `host.attachments` names them; other sources are no resources."""
_NO_PICTURE = re.compile(r"\[(?P<why>a picture[ ,][^\n]*)\]")
"""As `host.pictures.picture` tells of one that cannot be shown."""


def attached_by(texts: Iterable[str]) -> tuple[Attached, ...]:
    """The resources in the texts that went along with a message."""
    return tuple(
        Attached(source["server"] or "", source["uri"], found["text"])
        for text in texts
        if (found := AS_DATA.fullmatch(text)) and (source := _SOURCE.fullmatch(found["source"]))
    )


def pictures_in(message: Message) -> tuple[Part, ...]:
    """The pictures that went along with what was said, and in words those that cannot be shown.

    What the person says ends with what they typed. A message that is a picture was made by a prompt of a server, as
    `host.attachments.prompt_messages` has it.
    """
    blocks, source = message.content, "a server's prompt"
    if blocks and isinstance(blocks[-1], Text):
        blocks, source = blocks[:-1], "this message"
    return tuple(part for block in blocks for part in _shown(block, source))


def _shown(block: Block, source: str) -> Iterator[Part]:
    if isinstance(block, Image):
        yield picture_part(block.data, block.mime_type, source)
    elif isinstance(block, Text) and (told := _NO_PICTURE.fullmatch(block.text)):
        yield Remark(told["why"])
