"""Conversations of any client, fitted into its model's window: the conversations toolset."""
