"""Mail: read, written, kept and sent; no MCP. The email toolset and invitations of the calendar are built on it."""
