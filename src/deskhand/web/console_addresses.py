"""Where the console shows what a server offers. Names are the server's, and can hold anything."""

from urllib.parse import urlencode

from deskhand.web.links import quoted


def console_address(server: str) -> str:
    """The page of a server."""
    return f"/console/{quoted(server)}"


def tool_address(server: str, name: str) -> str:
    """The page of a tool."""
    return f"{console_address(server)}/tools/{quoted(name)}"


def template_address(server: str, template: str) -> str:
    """The page of a resource template."""
    return f"{console_address(server)}/template?uri={quoted(template)}"


def prompt_address(server: str, name: str) -> str:
    """The page of a prompt."""
    return f"{console_address(server)}/prompts/{quoted(name)}"


def frames_address(server: str, method: str) -> str:
    """The inspector, with the messages of a method that went to and came from a server."""
    return "/inspector?" + urlencode({"server": server, "method": method})
