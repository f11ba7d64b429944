"""Long-term memory: what a user told once, kept privately and found again, in the same words or in others."""
