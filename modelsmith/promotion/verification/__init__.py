"""Whether what is merged is what was approved and signed."""
