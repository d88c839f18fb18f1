"""Verdicts in; rates, intervals and differences out."""
