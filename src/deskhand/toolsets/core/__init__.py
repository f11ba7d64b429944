"""Exact arithmetic, and what this Deskhand can do."""
