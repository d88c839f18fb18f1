"""A new repository, and what the doctor holds an old one against."""
