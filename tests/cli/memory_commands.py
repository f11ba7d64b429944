"""Running `deskhand memory` in the data folder of a test."""

from click.testing import CliRunner, Result

from deskhand.cli import cli
from deskhand.cli.memory_access import Access, with_memory
from deskhand.toolsets.memory.draft import Draft


def run(*arguments: str, answer: str | bytes = "", code: int = 0) -> Result:
    """Run `deskhand memory …`, which must end with `code`."""
    ended = CliRunner().invoke(cli, ["memory", *arguments], input=answer)
    assert ended.exit_code == code, ended.output
    return ended


def remember(*texts: str, user: str = "local") -> list[str]:
    """Save memories, as the tools do; their ids."""

    async def work(access: Access) -> list[str]:
        return [(await access.backend.save(access.caller, Draft(text))).id for text in texts]

    return with_memory(user, work)
