"""Pull requests, reviews, checks and rules of a branch, in one vocabulary."""
