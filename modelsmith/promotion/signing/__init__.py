"""What is signed, and by whom."""
