"""Edge: hosted models over the wire."""
