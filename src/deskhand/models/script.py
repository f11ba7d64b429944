"""A script: what a model without an LLM answers, and how it fails. The format is one for every use.

    {"steps": [
      {"match": "weather", "text": "Let me look.",
       "calls": [{"name": "get_alerts", "arguments": {"state": "CA"}}]},
      {"on": "tool", "text": "There it says: {last}"},
      {"error": {"kind": "overloaded", "retry_after": 0.1}},
      {"text": "I do not know.", "times": null}
    ]}

A request is answered by the first step, in order, that is not used up and whose conditions hold.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from deskhand.context.message import Usage
from deskhand.errors import SettingsError
from deskhand.models.model import ModelFailed


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScriptedCall(_Section):
    """A tool call. `raw` replaces the arguments' JSON, to be broken."""

    name: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    raw: str | None = None
    id: str | None = None


class ScriptedError(_Section):
    """A failure. `cut` ends the stream after the step's text; the others come first, unless `after_text`.

    An `overflow` step stays in force until a request comes that is shorter than the first one it refused.
    """

    kind: Literal["overloaded", "cut", "overflow", "failed"]
    status: int | None = None
    """The HTTP status a scripted endpoint answers with; default 429, 400 and 400."""
    retry_after: float | None = None
    message: str = ""
    after_text: bool = False
    clean: bool = False
    """For a `cut` over HTTP: end the body in order, without the answer's end, instead of breaking the connection."""


class Step(_Section):
    """One answer."""

    match: str | None = None
    """A regular expression that the latest message must contain, whatever its case."""
    on: Literal["user", "tool"] | None = None
    """Who wrote the latest message."""
    longer_than: int | None = None
    """Only for requests with more characters than this."""
    times: int | None = 1
    """How often the step can be used; None is always."""

    text: str = ""
    """The answer; `{last}` stands for the text of the latest message."""
    reasoning: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    error: ScriptedError | None = None
    finish: Literal["stop", "tool_calls", "length", "refused"] | None = None
    """Default: `tool_calls` with calls, else `stop`."""
    chunk: int = Field(default=12, gt=0)
    """Characters per streamed piece."""
    delay: float = Field(default=0, ge=0)
    """Seconds before each piece."""
    usage: Usage | None = None

    def pieces(self, text: str) -> list[str]:
        """`text` in streamed pieces."""
        return [text[start : start + self.chunk] for start in range(0, len(text), self.chunk)]


class Script(_Section):
    """The steps, in order."""

    steps: tuple[Step, ...]


def load_script(path: Path) -> Script:
    """The script in the JSON file `path`.

    Raises:
        SettingsError: it cannot be read or is not a script.
    """
    try:
        return Script.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"model.script: {path} cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingsError(f"model.script: {path} is not a script: {where}: {first['msg']}.") from error


@dataclass(frozen=True, slots=True)
class Situation:
    """What a script sees of a request: the latest message, and its length in characters when it asks."""

    last: str
    role: Literal["user", "tool"]
    size: Callable[[], int]


S = TypeVar("S")


class ScriptPlayer(Generic[S]):
    """Goes through a script. What is no `Step` (a function that makes one) is given back as it is, once."""

    def __init__(self, steps: Iterable[S]) -> None:
        self._steps = list(steps)
        self._used = [0] * len(self._steps)
        self._refused: dict[int, int] = {}

    def next(self, situation: Situation) -> S:
        """The step for this request.

        Raises:
            ModelFailed: the script has none left.
        """
        for number, step in enumerate(self._steps):
            if self._applies(number, step, situation):
                self._used[number] += 1
                return step
        raise ModelFailed(f"The script has no step left for: {situation.last[:200]!r}. Add one, or set times to null.")

    def _applies(self, number: int, step: object, situation: Situation) -> bool:
        if not isinstance(step, Step):
            return self._used[number] == 0
        if not _conditions_hold(step, situation):
            return False
        if step.error is not None and step.error.kind == "overflow":
            return situation.size() >= self._refused.setdefault(number, situation.size())
        return step.times is None or self._used[number] < step.times


def _conditions_hold(step: Step, situation: Situation) -> bool:
    if step.on not in (None, situation.role):
        return False
    if step.match is not None and not re.search(step.match, situation.last, re.IGNORECASE):
        return False
    return step.longer_than is None or situation.size() > step.longer_than


def fill(step: Step, situation: Situation) -> Step:
    """The step with `{last}` filled in."""
    if "{last}" not in step.text:
        return step
    return step.model_copy(update={"text": step.text.replace("{last}", situation.last)})
