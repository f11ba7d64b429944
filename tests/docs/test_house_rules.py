"""The house rules. A rule is one small function that reads sources and returns a sentence for each breach."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """A file of the repository, by its path from the root."""

    path: str
    text: str

    @cached_property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def outline(self) -> "Outline":
        return outline(ast.parse(self.text, self.path)) if self.is_python else Outline([], [])

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_ours(self) -> bool:
        """Whether it is product code: under src, and not a test."""
        return self.path.startswith("src/") and self.is_python and "/tests/" not in self.path

    @property
    def module(self) -> str:
        return self.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True)
class Outline:
    """What rules ask of a module: not its tree, because those of all modules are a million objects."""

    functions: list[tuple[str, int, int]]
    """Name, first line, number of lines; at any depth."""
    imports: list[str]
    """Every name that is imported, at any depth: for `from a import b` both `a` and `a.b`."""


Rule = Callable[[list[Source]], Iterable[str]]


def outline(tree: ast.Module) -> Outline:
    found = Outline([], [])
    for node in statements(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.functions.append((node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1))
        elif isinstance(node, ast.Import):
            found.imports.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imports.append(node.module)
            found.imports.extend(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement, at any depth, without the expressions, which are most of a tree."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(node, block, ()))


def modules_are_short(sources: list[Source]) -> Iterable[str]:
    for source in sources:
        if source.is_python and source.lines > 300:
            yield f"{source.path} has {source.lines} lines; 300 is the most. Split it by noun."


def functions_are_short(sources: list[Source]) -> Iterable[str]:
    for source in sources:
        for name, line, lines in source.outline.functions:
            if lines > 50:
                yield f"{source.path}:{line} {name} has {lines} lines; 50 is the most."


def names_say_something(sources: list[Source]) -> Iterable[str]:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    for source in sources:
        for part in source.path.removesuffix(".py").split("/"):
            if source.is_python and part in vague:
                yield f"{source.path}: {part!r} names nothing. Name the module after the noun it holds."


def imports_have_no_cycle(sources: list[Source]) -> Iterable[str]:
    """Counts imports inside functions, which import-linter counts too, and says the cycle itself."""
    ours = {source.module: source for source in sources if source.is_ours}
    graph = {name: {target for target in ours[name].outline.imports if target in ours} - {name} for name in ours}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        yield f"Import cycle: {' <- '.join(cycle)}"


def every_module_has_its_layer(sources: list[Source]) -> Iterable[str]:
    contracts = next(source.text for source in sources if source.path == "pyproject.toml")
    layers = tomllib.loads(contracts)["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = set(re.findall(r"deskhand\.(\w+)", " ".join(layers))) | {"__main__"}
    tops = {source.module.split(".")[1]: source for source in sources if source.is_ours and "." in source.module}
    for name in sorted(tops.keys() - placed):
        yield f"{tops[name].path}: add deskhand.{name} to the layers in pyproject.toml."


def backends_know_no_protocol(sources: list[Source]) -> Iterable[str]:
    """In a toolset only toolset.py (and its re-export) may know MCP: the rest is plain code about its subject."""
    for source in sources:
        parts = source.module.split(".")
        in_backend = parts[:2] == ["deskhand", "toolsets"] and len(parts) > 3 and parts[-1] != "toolset"
        if not (source.is_ours and in_backend):
            continue
        for name in source.outline.imports:
            if name.partition(".")[0] in {"mcp", "mcp_types", "starlette"}:
                yield f"{source.path} imports {name}; only toolset.py may."


def nothing_is_mocked_or_skipped(sources: list[Source]) -> Iterable[str]:
    for source in sources:
        for name in source.outline.imports:
            if name.startswith("unittest.mock"):
                yield f"{source.path} imports unittest.mock; write a fake at the seam."
        skips = re.findall(r"pytest\.(?:mark\.)?(skip(?:if)?|importorskip)\b", source.text if source.is_python else "")
        yield from (f"{source.path} uses {skip}; make the test run everywhere, or mark it live." for skip in skips)


def toolset_tests_are_no_package(sources: list[Source]) -> Iterable[str]:
    for source in sources:
        if source.path.startswith("src/") and source.path.endswith("tests/__init__.py"):
            yield f"{source.path}: remove it, or the tests' imports break the layer law."


def nothing_is_left_to_do(sources: list[Source]) -> Iterable[str]:
    for source in sources:
        for mark in re.findall(r"\bTO[D]O\b|\bFIXM[E]\b|\bXX[X]\b", source.text):
            yield f"{source.path} holds a {mark}; do it, or open an issue."


def no_machine_is_named(sources: list[Source]) -> Iterable[str]:
    """Neither paths of somebody's machine nor package registries: whose index is used is the user's configuration."""
    named = re.compile(
        r"/wor[k]/(?:main|shared)|/tmp/[w]/|/roo[t]/[.](?:pyenv|cache)|/opt/pyp[i]|pypi[.]org|pythonhosted[.]org|registry[.]npmjs|\"resolve[d]\":"
    )
    for source in sources:
        for found in named.findall(source.text):
            yield f"{source.path} names {found}"


def the_agents_page_is_short(sources: list[Source]) -> Iterable[str]:
    page = next((source for source in sources if source.path == "AGENTS.md"), None)
    if page is None or page.lines > 100:
        yield "AGENTS.md must exist and have at most 100 lines."


def the_core_install_is_small(sources: list[Source]) -> Iterable[str]:
    locked = next(source.text for source in sources if source.path == "requirements/core.txt")
    count = len({match["name"] for match in PIN.finditer(locked)})
    if count > 60:
        yield f"The core install has {count} packages; 60 is the most. Make an extra of what only some need."


def what_is_declared_is_locked(sources: list[Source]) -> Iterable[str]:
    """pyproject.toml says what works, requirements/ what is tested: the second lies within the first, with hashes."""
    text = {source.path: source.text for source in sources}
    project = tomllib.loads(text["pyproject.toml"])
    wanted = {
        "requirements/core.txt": project["project"]["dependencies"],
        "requirements/run.txt": project["project"]["dependencies"]
        + project["project"]["optional-dependencies"]["sheets"],
        "requirements/dev.txt": project["project"]["dependencies"] + project["dependency-groups"]["dev"],
        "requirements/build.txt": project["build-system"]["requires"],
    }
    for path, declared in wanted.items():
        pins = {match["name"]: match["version"] for match in PIN.finditer(text[path])}
        for requirement in map(Requirement, declared):
            version = pins.get(canonicalize_name(requirement.name))
            if version is None or version not in requirement.specifier:
                yield f"{path} pins {requirement.name} at {version}, not within {requirement}; run scripts/lock."
        yield from (f"{path}: {pin} has no hash." for pin in re.findall(r"^\S+==[^\\\n]*$", text[path], re.MULTILINE))


RULES: dict[Rule, list[Source]] = {
    modules_are_short: [Source("src/deskhand/long.py", "x = 1\n" * 301)],
    functions_are_short: [Source("src/deskhand/deep.py", "async def f():\n" + "    x = 1\n" * 50)],
    names_say_something: [Source("src/deskhand/host/utils.py", "")],
    imports_have_no_cycle: [
        Source("src/deskhand/a.py", "import deskhand.b"),
        Source("src/deskhand/b.py", "def f():\n    from deskhand import a"),
    ],
    every_module_has_its_layer: [
        Source("pyproject.toml", '[[tool.importlinter.contracts]]\nlayers = ["deskhand.cli"]'),
        Source("src/deskhand/stray.py", ""),
    ],
    backends_know_no_protocol: [Source("src/deskhand/toolsets/kv/backend.py", "from mcp.types import Tool")],
    nothing_is_mocked_or_skipped: [Source("tests/test_a.py", "from unittest import mock")],
    toolset_tests_are_no_package: [Source("src/deskhand/toolsets/kv/tests/__init__.py", "")],
    nothing_is_left_to_do: [Source("README.md", "TO" + "DO: write it")],
    no_machine_is_named: [Source("README.md", "see /root" + "/.cache")],
    the_agents_page_is_short: [Source("AGENTS.md", "line\n" * 101)],
    the_core_install_is_small: [
        Source("requirements/core.txt", "\n".join(f"package-{number}==1.0 \\" for number in range(61)))
    ],
    what_is_declared_is_locked: [
        Source(
            "pyproject.toml",
            'project.dependencies = ["anyio>=4"]\nproject.optional-dependencies.sheets = []\n'
            "dependency-groups.dev = []\nbuild-system.requires = []",
        ),
        Source("requirements/core.txt", ""),
        Source("requirements/run.txt", "anyio==3.9 \\\n    --hash=sha256:00"),
        Source("requirements/dev.txt", "anyio==4.9"),
        Source("requirements/build.txt", ""),
    ],
}
"""Each rule, with the smallest repository that breaks it."""


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    """Every text file that is, or is about to be, in the repository."""
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, text=True
    )
    found: list[Source] = []
    for path in filter(None, listed.split("\0")):
        content = (ROOT / path).read_bytes() if (ROOT / path).is_file() else b"\0"
        if b"\0" not in content:
            found.append(Source(path, content.decode()))
    return found


def rule_name(rule: Rule) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_the_house_keeps_its_rules(rule: Rule, sources: list[Source]) -> None:
    assert list(rule(sources)) == []


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_a_breach_of_a_rule_is_found(rule: Rule) -> None:
    assert list(rule(RULES[rule]))


def test_the_import_law_holds() -> None:
    """The contracts of [tool.importlinter] in pyproject.toml: layers, independence, protocol-free parts."""
    command = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
