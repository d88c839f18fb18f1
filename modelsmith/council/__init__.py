"""What models propose for the exam, and what is done with it."""
