"""Edge: files of judges' exam results."""
