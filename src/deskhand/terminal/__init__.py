"""The assistant in a terminal: events as text, cards and forms in ordinary scrollback."""
