"""What the worker of spreadsheets may use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a job may use. Sizes in bytes, times in seconds."""

    memory: int = 1024**3
    database_memory: int = 448 * 1024**2
    threads: int = 2
    seconds: float = 60
    read_seconds: float = 240
    wait_seconds: float = 60
    cache_bytes: int = 1024**3
    export_bytes: int = 50 * 1024**2
    cell_characters: int = 2_000
