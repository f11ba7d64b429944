"""What a request would run, as far as its JSON tells before anything of it runs.

For transports that answer 403 at their own level. What is not there, or not of the form the protocol gives it, is no
action: the handler it belongs to says so.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from pydantic import JsonValue

from deskhand.errors import NotFound
from deskhand.server.catalogue import Catalogue
from deskhand.server.dispatch import Action, Kind
from deskhand.server.subscriptions import MOST_FOLLOWED

Params = Mapping[str, JsonValue]


def actions(catalogue: Catalogue, method: str, params: Params) -> Iterator[Action]:
    """What `method` with `params` would run, with the scopes that takes."""
    find = _BY_METHOD.get(method)
    return iter(()) if find is None else find(catalogue, params)


def _tool(catalogue: Catalogue, params: Params) -> Iterator[Action]:
    name = params.get("name")
    if isinstance(name, str) and name in catalogue.tools:
        yield Action("tool", name, catalogue.tools[name].scope)


def _prompt(catalogue: Catalogue, params: Params) -> Iterator[Action]:
    name = params.get("name")
    if isinstance(name, str) and name in catalogue.prompts:
        yield Action("prompt", name, catalogue.prompts[name].scope)


def _read(catalogue: Catalogue, params: Params) -> Iterator[Action]:
    yield from _resource(catalogue, "resource", params.get("uri"))


def _subscribe(catalogue: Catalogue, params: Params) -> Iterator[Action]:
    yield from _resource(catalogue, "listen", params.get("uri"))


def _listen(catalogue: Catalogue, params: Params) -> Iterator[Action]:
    wanted = params.get("notifications")
    uris = wanted.get("resourceSubscriptions") if isinstance(wanted, dict) else None
    for uri in islice(uris if isinstance(uris, list) else (), MOST_FOLLOWED):  # more are refused later
        yield from _resource(catalogue, "listen", uri)


def _complete(catalogue: Catalogue, params: Params) -> Iterator[Action]:
    ref, argument = params.get("ref"), params.get("argument")
    if not isinstance(ref, dict) or not isinstance(argument, dict):
        return
    target, name = ref.get("name" if ref.get("type") == "ref/prompt" else "uri"), argument.get("name")
    if isinstance(target, str) and isinstance(name, str) and (target, name) in catalogue.completions:
        yield Action("completion", f"{target} {name}", catalogue.completions[target, name].scope)


def _resource(catalogue: Catalogue, kind: Kind, uri: JsonValue) -> Iterator[Action]:
    if not isinstance(uri, str):
        return
    try:
        resource, _ = catalogue.find(uri)
    except NotFound:
        return
    yield Action(kind, uri, resource.scope)


_BY_METHOD: dict[str, Callable[[Catalogue, Params], Iterator[Action]]] = {
    "tools/call": _tool,
    "prompts/get": _prompt,
    "resources/read": _read,
    "resources/subscribe": _subscribe,
    "subscriptions/listen": _listen,
    "completion/complete": _complete,
}
