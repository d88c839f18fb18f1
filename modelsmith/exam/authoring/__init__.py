"""What an author is told."""
