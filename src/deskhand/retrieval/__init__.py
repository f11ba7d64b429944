"""Finding what was said, in the same words or in others: embeddings, keyword search, fusion. No MCP, no database."""
