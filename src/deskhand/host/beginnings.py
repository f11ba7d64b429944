"""Texts that a stranger wrote, as much of them as a page takes."""


def beginning(text: str, most: int) -> str:
    """`text`, or its first `most` characters and how many more there are."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters, not shown)"
