"""Servers for the tests of calendars."""

from tests.calendar_server.radicale import radicale

__all__ = ["radicale"]
