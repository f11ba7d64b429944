"""Texts of documents that were searched before: taking one apart costs some tenths of a second."""

import os
from collections import OrderedDict
from collections.abc import Sequence

Texts = Sequence[str]


class DocumentTexts:
    """Keeps the texts last used, `characters` in all, by what names a file's content without reading it."""

    def __init__(self, characters: int) -> None:
        self._most = characters
        self._size = 0
        self._kept: OrderedDict[tuple[int, ...], Texts] = OrderedDict()

    def get(self, status: os.stat_result) -> Texts | None:
        """The texts of the file with this status, if they are kept."""
        key = _key(status)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, status: os.stat_result, texts: Texts) -> None:
        """Keep them, and let the longest unused go when there are too many."""
        key = _key(status)
        self._size += _length(texts) - _length(self._kept.get(key, ()))
        self._kept[key] = texts
        self._kept.move_to_end(key)
        while self._size > self._most:
            self._size -= _length(self._kept.popitem(last=False)[1])


def _key(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _length(texts: Texts) -> int:
    return sum(len(text) for text in texts)
