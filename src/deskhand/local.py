"""Who somebody is where nobody signs in."""

SUBJECT = "local"
"""The person of this machine: in the terminal, over standard input and output, and with tokens made for nobody else."""
