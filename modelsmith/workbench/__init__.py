"""Scenarios in pull requests and issue forms: reviewed, prechecked, commented."""
