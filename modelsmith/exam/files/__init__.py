"""Edge: a benchmark on disk."""
