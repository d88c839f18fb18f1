"""The exam that a judge must pass before its verdicts count."""
