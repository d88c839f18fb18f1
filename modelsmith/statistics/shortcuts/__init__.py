"""Systems without a language model, and what of an exam they pass: what passing proves."""
