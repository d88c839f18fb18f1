"""Edge: what answers for a release."""
