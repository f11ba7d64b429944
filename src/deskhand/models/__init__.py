"""LLM provider adapters: each turns a conversation into a stream of ModelEvents."""
