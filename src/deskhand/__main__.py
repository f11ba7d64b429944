"""`python -m deskhand` and the `deskhand` command."""

from deskhand.cli import cli


def main() -> None:
    """Run the command line."""
    cli(prog_name="deskhand")


if __name__ == "__main__":
    main()
