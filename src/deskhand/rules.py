"""The rules a toolset is held to. Each rule is one small function that yields sentences: what is wrong and what to do.

A toolset is excused from a rule by its class attribute `exempt = {"rule": "the reason"}`.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast, get_type_hints

from deskhand.errors import InvalidInput
from deskhand.marks import ListsMark, WatchesMark
from deskhand.reference import replaced, tool_tokens, toolset_block
from deskhand.result import Result
from deskhand.server.binding import BoundTool, bind_completions, bind_prompts, bind_resources, bind_tools
from deskhand.toolset import Toolset, declared

TOOL_TOKENS = 400
"""Most tokens one tool may cost in `tools/list`."""
FORBIDDEN_IN_BACKENDS = ("mcp", "mcp_types", "starlette")


class Subject:
    """A toolset under inspection: the instance, and the folder it comes from."""

    def __init__(self, toolset: Toolset, folder: Path) -> None:
        self.toolset = toolset
        self.folder = folder

    @cached_property
    def tools(self) -> list[BoundTool]:
        """Its tools, bound."""
        return bind_tools(self.toolset)

    @cached_property
    def tests(self) -> list[str]:
        """The source of each test function in `tests/`, with its decorators."""
        sources = [path.read_text(encoding="utf-8") for path in sorted((self.folder / "tests").glob("test_*.py"))]
        return [segment for source in sources for segment in _test_functions(source)]


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule, or, with `excuse`, one the toolset is exempt from."""

    rule: str
    sentence: str
    excuse: str = ""


def inspect_toolset(subject: Subject) -> list[Finding]:
    """Every rule's findings, in the order of the rules."""
    excuses = subject.toolset.exempt
    found = [
        Finding(name, sentence, excuses.get(name, "")) for name, rule in RULES.items() for sentence in rule(subject)
    ]
    unused = set(excuses) - {finding.rule for finding in found}
    found += [
        Finding("exempt", f"exempt names {name!r}, which finds nothing to excuse. Remove it.")
        for name in sorted(unused)
    ]
    return found


def names(subject: Subject) -> Iterator[str]:
    """The folder, the class and the settings section go by one name."""
    toolset = subject.toolset
    if not re.fullmatch(r"[a-z][a-z0-9]*", toolset.name):
        yield f"name is {toolset.name!r}; it must be one lower-case word, for it is a settings key and a scope."
    if toolset.name != subject.folder.name:
        yield f"name is {toolset.name!r} but the folder is {subject.folder.name!r}. Give them the same name."
    for tool in subject.tools:
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", tool.sdk.name):
            yield f"Tool {tool.sdk.name!r} is not in snake_case."


def docstrings(subject: Subject) -> Iterator[str]:
    """The class, each tool, resource and prompt say what they are for; the model reads it."""
    if not (type(subject.toolset).__doc__ or "").strip():
        yield "The class has no docstring."
    if not subject.toolset.summary.strip():
        yield "summary is empty; it is the toolset's line in the server's instructions."
    described = [(tool.sdk.name, tool.described.description) for tool in subject.tools]
    described += [(bound.mark.uri, bound.description) for bound in bind_resources(subject.toolset)]
    described += [(prompt.sdk.name, prompt.sdk.description) for prompt in bind_prompts(subject.toolset)]
    for name, text in described:
        if not (text or "").strip():
            yield f"{name} has no docstring."


def parameters(subject: Subject) -> Iterator[str]:
    """Every argument of a tool or prompt is described."""
    for tool in subject.tools:
        properties = cast("dict[str, dict[str, Any]]", tool.sdk.parameters.get("properties", {}))
        for name, schema in properties.items():
            if not schema.get("description"):
                yield f"{tool.sdk.name}: argument {name} has no description. Annotate it with Field(description=…)."
    for prompt in bind_prompts(subject.toolset):
        for argument in prompt.sdk.arguments or []:
            if not argument.description:
                yield f"{prompt.sdk.name}: argument {argument.name} has no description."


def output(subject: Subject) -> Iterator[str]:
    """A tool returns a Result model, so that its output schema is declared."""
    for tool in subject.tools:
        returned = get_type_hints(getattr(type(subject.toolset), tool.sdk.name)).get("return")
        if not (isinstance(returned, type) and issubclass(returned, Result)):
            yield f"{tool.sdk.name} returns {returned}; return a subclass of deskhand.result.Result."


def asking(subject: Subject) -> Iterator[str]:
    """A destructive tool asks the person."""
    for tool in subject.tools:
        if tool.mark.destructive and not tool.asks:
            yield f"{tool.sdk.name} is destructive but asks nobody. Give it a parameter resolved by an Elicit."


def tests(subject: Subject) -> Iterator[str]:
    """Each tool has a test of its success and a test of an error."""
    if (subject.folder / "tests" / "__init__.py").exists():
        yield "tests/ has an __init__.py, which makes it part of the package. Remove it."
    for tool in subject.tools:
        about = [source for source in subject.tests if re.search(rf"\b{tool.sdk.name}\b", source)]
        failing = [source for source in about if re.search(r"\braises\(|is_error|\.code\b", source)]
        if len(failing) == len(about):
            yield f"{tool.sdk.name} has no test of its success in tests/."
        if not failing:
            yield f"{tool.sdk.name} has no test of an error in tests/ (pytest.raises or is_error)."


def backends(subject: Subject) -> Iterator[str]:
    """Only toolset.py knows MCP."""
    for path in sorted(subject.folder.glob("*.py")):
        if path.name == "toolset.py":
            continue
        for module in _imported(path):
            if module.partition(".")[0] in FORBIDDEN_IN_BACKENDS:
                yield f"{path.name} imports {module}. Keep the protocol in toolset.py."


def links(subject: Subject) -> Iterator[str]:
    """Listings, watchers and completions belong to something that is declared."""
    cls = type(subject.toolset)
    targets = {bound.mark.uri for bound in bind_resources(subject.toolset)}
    for mark in [mark for kind in (ListsMark, WatchesMark) for _, mark in declared(cls, kind)]:
        if mark.uri not in targets:
            yield f"{mark.uri} is listed or watched, but no @resource has that URI."
    arguments = {
        (prompt.sdk.name, argument.name)
        for prompt in bind_prompts(subject.toolset)
        for argument in prompt.sdk.arguments or []
    }
    for bound in bind_resources(subject.toolset):
        arguments |= {(bound.mark.uri, name) for name in (bound.template.variable_names if bound.template else ())}
    for target, argument in bind_completions(subject.toolset):
        if (target, argument) not in arguments:
            yield f"Completion of {argument!r} of {target!r}: there is no such argument."


def budget(subject: Subject) -> Iterator[str]:
    """A tool's description is short: every token is paid on every turn."""
    for tool in subject.tools:
        tokens = tool_tokens(tool)
        if tokens > TOOL_TOKENS:
            yield f"{tool.sdk.name} costs {tokens} tokens in tools/list; at most {TOOL_TOKENS}."


def readme(subject: Subject) -> Iterator[str]:
    """README.md has its hand-written part, and its generated part is up to date."""
    path = subject.folder / "README.md"
    if not path.is_file():
        yield "There is no README.md: say what it is, how to set it up, and three example questions."
        return
    text = path.read_text(encoding="utf-8")
    try:
        current = replaced(text, toolset_block(subject.toolset)) == text
    except InvalidInput as error:
        yield f"README.md: {error.message}"
        return
    if not current:
        yield "README.md does not say what the code says. Run: deskhand check --write."


Rule = Callable[[Subject], Iterator[str]]
RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (names, docstrings, parameters, output, asking, tests, backends, links, budget, readme)
}


def _test_functions(source: str) -> list[str]:
    nodes = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    lines = source.splitlines()
    starts = [min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) for node in nodes]
    return ["\n".join(lines[start - 1 : node.end_lineno]) for start, node in zip(starts, nodes, strict=True)]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
