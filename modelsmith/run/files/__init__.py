"""Edge: a run's folder on disk."""
