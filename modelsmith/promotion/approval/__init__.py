"""Whose review counts, what was signed, overrides."""
