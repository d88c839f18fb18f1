"""Edge: GitHub."""
