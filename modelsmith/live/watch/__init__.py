"""Asks the canary, warns, reverts."""
