"""Commits, trailers and names of refs, as records."""
