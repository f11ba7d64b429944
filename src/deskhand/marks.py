"""What the marks on a toolset's methods say; `deskhand.toolset` has the decorators."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolMark:
    """What `@tool` says of a method; becomes MCP tool annotations."""

    title: str
    read_only: bool
    open_world: bool
    destructive: bool
    idempotent: bool
    timeout: float | None
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class ResourceMark:
    """What `@resource` says of a method. `uri` is a plain URI or an RFC 6570 template."""

    uri: str
    title: str
    mime_type: str
    watched: bool
    ttl_seconds: float
    public: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a workflow: the tool to call, and what for. `gate` is what must hold before a tool that acts outside.

    The client's model runs the steps; the gate tells it to stop and ask. It protects nothing by itself: the tool asks.
    """

    tool: str
    do: str
    gate: str = ""


@dataclass(frozen=True, slots=True)
class PromptMark:
    """What `@prompt` says of a method. `name` is the method's own when empty."""

    title: str
    name: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ListsMark:
    """The method yields the concrete resources of the template `uri`, sorted by URI."""

    uri: str


@dataclass(frozen=True, slots=True)
class CompletesMark:
    """The method completes `argument` of the template or prompt `target`."""

    target: str
    argument: str


@dataclass(frozen=True, slots=True)
class WatchesMark:
    """The method runs while somebody is subscribed to a resource of the template `uri`."""

    uri: str


Mark = ToolMark | ResourceMark | PromptMark | ListsMark | CompletesMark | WatchesMark
