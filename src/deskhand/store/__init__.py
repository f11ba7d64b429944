"""One database behind everything that must outlive the process."""
