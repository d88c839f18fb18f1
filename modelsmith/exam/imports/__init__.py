"""Rubrics of elsewhere as scenarios, and ours for other tools; a module a format."""
