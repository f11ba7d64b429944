"""A bookshelf for each person: the example of docs/how-to/write-a-toolset.md."""
