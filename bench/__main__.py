"""`python -m bench`: everything that is measured, as one Markdown table."""

from bench import (
    context_product,
    context_quality,
    context_speed,
    embedding,
    host,
    memory_contradictions,
    memory_product,
    memory_quality,
    memory_speed,
    page,
    round_trip,
    server,
    sheets,
)

HEAD = "| what | measured | beside |\n|---|---:|---|"


def main() -> None:
    """Print the rows as they come."""
    print(HEAD)
    for rows in (
        server.rows,
        round_trip.rows,
        host.rows,
        page.rows,
        embedding.rows,
        memory_quality.rows,
        memory_contradictions.rows,
        memory_product.rows,
        memory_speed.rows,
        context_quality.rows,
        context_product.rows,
        context_speed.rows,
        sheets.rows,
    ):
        for row in rows():
            print(f"| {row.what} | {row.value} | {row.goal} |", flush=True)


if __name__ == "__main__":
    main()
