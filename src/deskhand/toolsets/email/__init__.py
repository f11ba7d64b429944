"""Mail: searched, read, written, sent exactly once, and put in order."""
