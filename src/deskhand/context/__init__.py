"""What a model is shown: messages, token estimates and how a conversation is fitted into a budget. No MCP inside."""
