"""A toolset's methods as plain async functions, which is what the SDK can analyse and call."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from mcp.server.mcpserver import Resolve

from deskhand.principal import Caller, current_principal
from deskhand.toolset import Toolset

AsyncMethod = Callable[..., Awaitable[object]]


class Methods:
    """The methods of one toolset. A resolver is bound once, so that two parameters it fills are one question."""

    def __init__(self, toolset: Toolset) -> None:
        self._toolset = toolset
        self._resolvers: dict[Callable[..., Any], AsyncMethod] = {}

    def tool(self, name: str) -> AsyncMethod:
        """A tool's method, with resolvers that take `self` bound to the toolset.

        A resolver written `Resolve(_ask)` in the class body is the unbound function, which the SDK could not call.
        """
        return _rebuilt(getattr(self._toolset, name), self._hints(getattr(type(self._toolset), name)))

    def plain(self, name: str) -> AsyncMethod:
        """The method without its `Caller` parameters; resources, prompts and completions know no other injection."""
        hints = get_type_hints(getattr(type(self._toolset), name), include_extras=True)
        callers = frozenset(key for key, hint in hints.items() if hint == Caller)
        return _rebuilt(getattr(self._toolset, name), hints, callers=callers)

    def _hints(self, function: Callable[..., Any]) -> dict[str, object]:
        return {key: self._bound(hint) for key, hint in get_type_hints(function, include_extras=True).items()}

    def _bound(self, hint: object) -> object:
        if get_origin(hint) is not Annotated:
            return hint
        inner, *metadata = get_args(hint)
        bound = tuple(Resolve(self._resolver(item.fn)) if isinstance(item, Resolve) else item for item in metadata)
        return Annotated[(inner, *bound)]  # pyright: ignore[reportInvalidTypeForm]

    def _resolver(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if next(iter(inspect.signature(function).parameters), "") != "self":
            return function
        if function not in self._resolvers:
            self._resolvers[function] = _rebuilt(function.__get__(self._toolset), self._hints(function))
        return self._resolvers[function]


def _rebuilt(method: AsyncMethod, hints: Mapping[str, object], *, callers: frozenset[str] = frozenset()) -> AsyncMethod:
    """`method` as a function with these hints, whose `callers` parameters are filled with the current principal."""
    signature = inspect.signature(method)
    kept = [
        parameter.replace(annotation=hints.get(key, parameter.annotation))
        for key, parameter in signature.parameters.items()
        if key not in callers
    ]

    async def function(*args: object, **kwargs: object) -> object:
        return await method(*args, **kwargs, **{key: current_principal() for key in callers})

    function.__name__ = getattr(method, "__name__", "function")
    function.__qualname__ = getattr(method, "__qualname__", "function")
    function.__module__ = method.__module__
    function.__doc__ = method.__doc__
    function.__annotations__ = {key: hint for key, hint in hints.items() if key not in callers}
    function.__signature__ = signature.replace(parameters=kept)  # pyright: ignore[reportFunctionMemberAccess]
    return function
