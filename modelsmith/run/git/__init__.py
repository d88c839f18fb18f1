"""Edge: runs in git."""
