"""deploy/Containerfile: read as text, and its steps carried out in a folder, as no container engine is needed here."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from tests.deploy.conftest import Packages

from deskhand import __version__
from deskhand.settings import load

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "Containerfile"


@dataclass(frozen=True)
class Stage:
    """One `FROM … AS …` with its instructions, in order."""

    image: str
    steps: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def all(self, instruction: str) -> list[str]:
        return [argument for name, argument in self.steps if name == instruction]

    def one(self, instruction: str) -> str:
        [argument] = self.all(instruction)
        return argument

    @property
    def environment(self) -> dict[str, str]:
        pairs = [word.partition("=") for line in self.all("ENV") for word in shlex.split(line)]
        return {name: value for name, _, value in pairs}


def stages() -> list[Stage]:
    text = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", FILE.read_text()))
    found: list[Stage] = []
    for line in filter(None, text.splitlines()):
        instruction, _, argument = line.partition(" ")
        if instruction == "FROM":
            found.append(Stage(argument))
        elif found:
            found[-1].steps.append((instruction, argument.strip()))
    return found


BUILD, FINAL = stages()


def test_the_image_runs_as_a_number_that_is_not_root_the_same_as_in_kubernetes() -> None:
    user, group = map(int, FINAL.one("USER").split(":"))
    manifest = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text()))
    [context] = [
        document["spec"]["template"]["spec"]["securityContext"]
        for document in manifest
        if document["kind"] == "Deployment"
    ]
    assert user > 0
    assert (user, group) == (context["runAsUser"], context["runAsGroup"])
    assert group == context["fsGroup"]
    assert f"--owner={user} --group={group} --mode=0700 /data" in FINAL.one("RUN")


def test_nothing_that_builds_or_installs_is_left_in() -> None:
    assert FINAL.all("COPY") == ["--from=build /opt/deskhand /opt/deskhand"]
    assert FINAL.one("RUN").startswith("rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/pip*")
    assert not re.search(r"\b(apt|apt-get|gcc|make|curl|git|pip install)\b", FINAL.one("RUN"))
    assert "--without-pip" in BUILD.all("RUN")[0]
    assert BUILD.image.split()[0] == FINAL.image.split()[0]


def test_every_download_is_checked_against_its_hash() -> None:
    installs = [step for step in BUILD.all("RUN") if " install " in step]
    assert len(installs) == 4
    for step in installs:
        assert "--require-hashes" in step or "--no-deps --no-index" in step


def test_every_copied_file_exists_and_is_let_into_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in BUILD.all("COPY"):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source.split('/')[0]}" in ignored


def test_the_settings_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {name: value for name, value in FINAL.environment.items() if name.startswith("DESKHAND_")}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    loaded = load()
    assert set(loaded.sources.values()) == {"environment"}
    assert len(loaded.sources) == len(ours)
    assert str(loaded.settings.data_dir) == FINAL.one("VOLUME") == FINAL.one("WORKDIR")
    assert str(loaded.settings.server.port) == FINAL.one("EXPOSE")
    assert f":{loaded.settings.server.port}/readyz" in FINAL.one("HEALTHCHECK")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, packages: Packages) -> Path:
    """The folder that stands for /opt/deskhand, made by the steps of the build stage."""
    root = tmp_path_factory.mktemp("image")
    venv, work = root / "deskhand", root / "build"
    work.mkdir()
    path = f"{packages.base / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **packages.variables, "PATH": path}
    for instruction, argument in BUILD.steps:
        if instruction == "COPY":
            *sources, target = argument.split()
            for source in sources:
                _copy(ROOT / source, work / target / ("" if (ROOT / source).is_dir() else Path(source).name))
        elif instruction == "RUN":
            command = argument.replace("/opt/deskhand", str(venv))
            done = subprocess.run(command, shell=True, cwd=work, env=environment, capture_output=True)
            assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return venv


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def test_the_image_embeds_and_speaks_to_postgresql(image: Path) -> None:
    shown = subprocess.run([image / "bin" / "deskhand", "embeddings", "status"], capture_output=True, text=True)
    assert "all-MiniLM-L6-v2" in shown.stdout
    assert str(image / "share" / "deskhand" / "minilm-l6-v2") in shown.stdout.replace("\n", "")
    driver = subprocess.run([image / "bin" / "python", "-c", "import psycopg"], capture_output=True, text=True)
    assert driver.returncode == 0, driver.stderr


@pytest.fixture
def container(image: Path, tmp_path: Path) -> Generator[subprocess.Popen[bytes]]:
    """The entry point, with the image's environment and nothing of this machine's."""
    environment = {
        **FINAL.environment,
        "PATH": f"{image / 'bin'}:/usr/bin:/bin",
        "DESKHAND_DATA_DIR": str(tmp_path),
        "DESKHAND_SERVER__HOST": "127.0.0.1",
        "DESKHAND_SERVER__PORT": "0",
        "DESKHAND_SERVER__TOKEN": "a-token-for-this-test-only",
    }
    command = [image / "bin" / json.loads(FINAL.one("ENTRYPOINT"))[0], *json.loads(FINAL.one("CMD"))]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_what_was_built_is_this_version_without_pip_and_without_tests(image: Path) -> None:
    shown = subprocess.check_output([image / "bin" / "deskhand", "--version"], text=True)
    assert __version__ in shown
    packages = next((image / "lib").glob("python3.*")) / "site-packages"
    assert not {"pip", "setuptools", "hatchling", "pytest"} & {path.name for path in packages.iterdir()}
    assert list((packages / "deskhand").rglob("tests")) == []


def test_the_container_serves_is_healthy_and_ends_on_sigterm(container: subprocess.Popen[bytes]) -> None:
    url = _announced(container)
    for path in ("/healthz", "/readyz"):
        with urlopen(url + path, timeout=10) as answer:
            assert answer.status == 200
    probe = FINAL.one("HEALTHCHECK").partition("CMD ")[2].replace("http://127.0.0.1:8642", url)
    assert subprocess.run([sys.executable, *json.loads(probe)[1:]], check=False).returncode == 0
    container.send_signal(signal.SIGTERM)
    assert container.wait(timeout=10) == 0


def _announced(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line.decode())
        if found := re.search(r"(http://[^/\s]+)/mcp", lines[-1]):
            return found[1]
    pytest.fail("it ended without listening:\n" + "".join(lines))
