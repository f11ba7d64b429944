"""Fixtures and rules every test may rely on."""

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.calendar_server.radicale", "tests.mail_server.dovecot", "tests.postgres_server"]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

settings.register_profile("deskhand", deadline=None, max_examples=50, derandomize=IN_CI)
settings.load_profile("deskhand")


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the backend the product runs on."""
    return "asyncio"


@pytest.fixture(autouse=True)
def imports_kept() -> Generator[None]:
    """Put back from where this process imports: commands add the folders of toolsets, for a process that is theirs."""
    before = sys.path[:]
    yield
    added = [Path(entry).resolve() for entry in sys.path if entry not in before]
    sys.path[:] = before
    for name, module in list(sys.modules.items()) if added else ():
        file = getattr(module, "__file__", None)
        if file and any(Path(file).is_relative_to(folder) for folder in added):
            del sys.modules[name]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The installed packages of tests/node; their programs are in `.bin` and need `bin` of this Python on PATH."""
    installed = Path(sys.prefix) / "share" / "node" / "node_modules"
    if not installed.is_dir():
        pytest.fail(f"{installed} is missing: run scripts/test once, it installs the npm packages of tests/node.")
    return installed


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--live` adds the tests that need a key or the public internet."""
    parser.addoption("--live", action="store_true", help="also run the tests marked `live`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long tests; leave the live ones out unless they are asked for."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if config.getoption("--live"):
        return
    live = [item for item in items if item.get_closest_marker("live")]
    config.hook.pytest_deselected(items=live)
    items[:] = [item for item in items if item not in live]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: there everything is installed, so nothing may go untested unseen."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI: {report.longreprtext or report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself while it is collected."""
    report = yield
    if IN_CI and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI: {report.longrepr}"
    return report
