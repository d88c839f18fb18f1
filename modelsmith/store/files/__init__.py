"""Edge: the local store, and the remote one behind it."""
