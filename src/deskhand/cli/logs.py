"""Logging to standard error: lines for people on a terminal, JSON lines for machines elsewhere. Never a token."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from deskhand.errors import SettingsError

_SECRET = re.compile(r"dh_[A-Za-z0-9_-]{43}")
_LIBRARIES = ("mcp", "uvicorn", "sse_starlette", "asyncio", "httpx2", "httpcore2", "watchfiles")


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line, without any token that found its way into it."""
        return _SECRET.sub("dh_…", self.line(record))

    def line(self, record: logging.LogRecord) -> str:
        return super().format(record)


class _Json(_Redacting):
    def line(self, record: logging.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def log_to_stderr(level: str) -> None:
    """Log from `level` on. Libraries are heard from WARNING on: at DEBUG they write out what users send."""
    handler = logging.StreamHandler(sys.stderr)
    terminal = sys.stderr.isatty()
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S") if terminal else _Json())
    _log_to(handler, level)


def log_to_file(path: Path, level: str) -> None:
    """Log to a file of the user's own instead, where the terminal is in use: a megabyte, and the one before it.

    Raises:
        SettingsError: the file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror or error}. Set data_dir (DESKHAND_DATA_DIR) to your own folder."
        ) from error
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)-7s %(name)s %(message)s"))
    _log_to(handler, level)


def _log_to(handler: logging.Handler, level: str) -> None:
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
