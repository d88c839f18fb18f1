"""Edge: what holds local work in, and the log of what left."""
