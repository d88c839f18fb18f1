"""Edge: files of a new repository, and the state of an old one."""
