"""What each phase leaves, file by file."""
