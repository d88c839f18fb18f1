"""Walks a run."""
