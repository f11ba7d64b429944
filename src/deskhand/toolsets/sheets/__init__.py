"""Spreadsheets of the workspace: inspect, ask in SQL, draw charts and write tables."""
