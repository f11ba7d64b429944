"""Files of the workspace: find, read, write and organize, confined by directory descriptor."""
