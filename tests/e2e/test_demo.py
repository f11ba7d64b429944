"""`deskhand demo`, as a newcomer runs it: no settings, no key, no terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.in_process import deskhand_here

pytestmark = pytest.mark.long


def run_demo(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DESKHAND_", "XDG_"))}
    return subprocess.run(
        [sys.executable, "-m", "deskhand", "demo", *arguments],
        env=clean | {"HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=home,
        check=False,
    )


def test_the_demo_tells_an_office_story_and_proves_it_whatever_the_settings_of_this_machine(tmp_path: Path) -> None:
    demo = run_demo(tmp_path, DESKHAND_HOST__MAX_STEPS="1", DESKHAND_SERVER__PORT="1")
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "The model is a SCRIPT, not an LLM" in demo.stdout
    assert "SAMPLE" in demo.stdout
    assert "**Re: Figures of the third quarter** from Bob" in demo.stdout
    assert "Bar chart “Revenue by month and region”" in demo.stdout
    assert "It is in your calendar at" in demo.stdout
    assert demo.stdout.count("Local only: no account is connected, so nothing left this machine.") == 2
    assert demo.stdout.count("This call needs your approval") == 4
    assert demo.stdout.count("The demo answers in your place") == 5
    assert "It really happened" in demo.stdout
    assert "✗ " not in demo.stdout.partition("It really happened")[2]
    assert "What to try next" in demo.stdout
    assert demo.stderr == ""
    assert "\x1b" not in demo.stdout, "a pipe gets plain text"
    assert not list(tmp_path.rglob("*")), "nothing is left behind"


def test_the_demo_shows_the_protocol_with_trace(tmp_path: Path) -> None:
    demo = deskhand_here({"HOME": str(tmp_path)}, "demo", "--trace")
    assert demo.exit_code == 0, demo.output
    assert "→ deskhand http request tools/call" in demo.stderr
    assert "← deskhand http response tools/call" in demo.stderr
    assert "tools/call" not in demo.stdout


@pytest.mark.parametrize("option", ["--no-such"])
def test_a_wrong_option_is_a_usage_error(tmp_path: Path, option: str) -> None:
    assert run_demo(tmp_path, option).returncode == 2
