"""Pages for people without git."""
