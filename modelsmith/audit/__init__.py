"""One command over the repository, from a clone."""
