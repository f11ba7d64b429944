"""The assistant: a turn loop that drives MCP servers with any LLM. It never imports the server."""
