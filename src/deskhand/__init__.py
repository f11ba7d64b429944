"""Deskhand gives an AI assistant hands: an MCP server that does real work, and an LLM host that drives it."""

__version__ = "0.1.0"
