"""Edge: the folder of pages."""
