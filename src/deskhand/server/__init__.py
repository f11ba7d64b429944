"""The MCP server: toolsets in, every transport and protocol revision out."""
