"""What can go wrong, and what the caller is told.

    DeskhandError            the message is safe to show to the caller and to a model
    ├── InvalidInput         an argument is wrong: say what was expected
    ├── NotFound             no such thing: say where to look
    ├── Denied               the caller may not: say who may, or which scope
    ├── Conflict             the world changed under the caller: say how to catch up
    ├── LimitExceeded        a rate, size or time limit: say the limit
    ├── Unavailable          a service does not answer: say when to try again
    └── SettingsError        the configuration is wrong: say which key and what it takes

Every message says what was wrong, what was expected and what to do next. Backends convert a library's
errors into these at their edge; `server/dispatch.py` and the host's turn loop are the only translators.
"""

from typing import ClassVar


class DeskhandError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    """Stable machine-readable name, the same in audit rows, JSON output and docs."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or "")

    @property
    def message(self) -> str:
        """The text that is safe to show."""
        return str(self.args[0])


class InvalidInput(DeskhandError):
    """The input is not valid."""

    code = "invalid_input"


class NotFound(DeskhandError):
    """There is no such thing."""

    code = "not_found"


class Denied(DeskhandError):
    """This is not allowed."""

    code = "denied"


class Conflict(DeskhandError):
    """The target changed in the meantime. Read it again and repeat the change."""

    code = "conflict"


class LimitExceeded(DeskhandError):
    """A limit was reached."""

    code = "limit_exceeded"

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until it is worth trying again, when known."""


class Unavailable(DeskhandError):
    """A service that is needed does not answer. Try again later."""

    code = "unavailable"

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until it is worth trying again, when known."""


class SettingsError(DeskhandError):
    """The settings are not valid. `deskhand settings` shows them with their sources."""

    code = "settings"
