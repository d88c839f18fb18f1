"""Intake, eval, train, expand, assess, promote."""
