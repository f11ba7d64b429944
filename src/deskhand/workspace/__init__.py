"""Confined access to the workspace: one folder that tools read and write, and cannot leave."""
