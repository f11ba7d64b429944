"""What leaves the machine, exactly once: a row before the act, the person's yes where one is needed, and the outcome.

    waiting ──▶ claimed ──▶ crossing ──▶ done
       │           │            └──────▶ unknown ──▶ done or failed, when it is found out
       │           └──▶ failed ──▶ claimed, when it is tried again: nothing had left
       ├──▶ denied
       └──▶ expired

An act is known by its key: proposing it again finds the row, and what was done is not done again. Without a key, the
same content within ten minutes is the same act, and so is content that still waits or whose outcome is unknown. The
states are moved by compare-and-swap, so that two processes (a server, and `deskhand approve`) never both perform one
act.
"""
