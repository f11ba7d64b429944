"""scripts/run on a machine that has nothing but Python: a copy of the repository, a bare environment, an index."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.deploy.conftest import Packages

from deskhand import __version__

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone would hold if everything were committed, at a path with a space in it."""
    target = tmp_path_factory.mktemp("a clone")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in filter(None, subprocess.check_output(listed, cwd=ROOT, text=True).split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, packages: Packages) -> dict[str, str]:
    """The environment of somebody who just logged in: Python and the base system on PATH, no uv.

    Their index of packages is a folder.
    """
    programs = tmp_path_factory.mktemp("bin")
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    for name in ("sh", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or name)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HOME", "HTTP"))}
    return {**kept, **packages.variables, "PATH": str(programs)}


def start(clone: Path, machine: dict[str, str], *args: str) -> subprocess.Popen[str]:
    command = [clone / "scripts" / "run", *args]
    return subprocess.Popen(command, cwd="/", env=machine, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_first_starts_at_once_set_up_once_and_the_next_start_is_quiet(clone: Path, machine: dict[str, str]) -> None:
    both = [start(clone, machine, "--version") for _ in range(2)]
    outcomes = [process.communicate(timeout=300) for process in both]
    notes = "".join(note for _, note in outcomes)
    assert [process.returncode for process in both] == [0, 0], notes
    assert [answer.strip() for answer, _ in outcomes] == [f"deskhand, version {__version__}"] * 2
    assert notes.count("Setting up") == 1
    again = start(clone, machine, "--version")
    assert again.communicate(timeout=30) == (f"deskhand, version {__version__}\n", "")


def test_a_python_that_is_too_old_is_named(clone: Path, machine: dict[str, str], tmp_path: Path) -> None:
    for name in ("sh", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    bare = tmp_path / "clone"
    shutil.copytree(clone / "scripts", bare / "scripts")
    process = start(bare, {**machine, "PATH": str(tmp_path)}, "--version")
    _, note = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "needs Python 3.11 or newer" in note
    assert "Python 3.9.2" in note
    assert "apt-get install" in note


def test_a_python_without_venv_says_which_package_brings_it(
    clone: Path, machine: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    bare = tmp_path / "clone"
    shutil.copytree(clone, bare, ignore=shutil.ignore_patterns(".venv"))
    process = start(bare, {**machine, "PYTHONPATH": str(tmp_path)}, "--version")
    _, note = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"python3.{sys.version_info.minor}-venv" in note


def test_ci_runs_the_tests_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["set -eu", 'CI=true exec "$(dirname -- "$0")/../scripts/test"']


@pytest.mark.parametrize("script", ["scripts/run", "scripts/test", "scripts/lock", "scripts/setup.sh", ".ci/run"])
def test_a_script_is_plain_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", ROOT / script], check=False).returncode == 0
    assert script.endswith(".sh") or os.access(ROOT / script, os.X_OK)
