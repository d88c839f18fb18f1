"""What is live: served, watched, taken back."""
