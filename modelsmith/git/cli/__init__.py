"""Edge: git, by its command line."""
