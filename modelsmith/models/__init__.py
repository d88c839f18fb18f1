"""What a local model is asked and answers, and what it is made of."""
