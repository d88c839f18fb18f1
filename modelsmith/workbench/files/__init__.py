"""Edge: a pull request's benchmark in a folder."""
