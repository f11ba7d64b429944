"""The fault suite: what goes wrong in the life of a host, made to happen on purpose, without an LLM."""
