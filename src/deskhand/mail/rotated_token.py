"""The refresh token that a provider gave in place of the one in the settings (RFC 6749 §6), kept for the next start."""

import hashlib
import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import cast

logger = logging.getLogger(__name__)


class RotatedToken:
    """Keeps it in a file that only this user can read. It counts as long as the settings hold the token it came from.

    Args:
        path: the file; None keeps nothing beyond this process.
        given: the token in the settings.
    """

    def __init__(self, path: Path | None, given: str) -> None:
        self._path = path
        self._origin = hashlib.sha256(given.encode()).hexdigest()
        self._last = given

    def current(self) -> str:
        """The token to use now: other processes may have been given another one meanwhile. Blocks."""
        try:
            found: object = json.loads(self._path.read_text("utf-8")) if self._path is not None else None
        except (OSError, ValueError):
            return self._last
        if isinstance(found, dict):
            fields = cast("dict[str, object]", found)
            token = fields.get("refresh_token")
            if fields.get("instead_of") == self._origin and isinstance(token, str) and token:
                self._last = token
        return self._last

    def keep(self, token: str) -> None:
        """Use this one from now on. That it cannot be written is no reason not to sign in. Blocks."""
        self._last = token
        if self._path is None:
            return
        beside = self._path.with_name(f".{self._path.name}.{token_hex(8)}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({"instead_of": self._origin, "refresh_token": token}, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            logger.warning("a new refresh token cannot be kept for the next start: %s", error.strerror)
            with suppress(OSError):
                beside.unlink()
