"""The web page: chat, console and inspector, drawn on the server from the host's events."""
