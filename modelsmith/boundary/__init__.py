"""What may leave, to whom, what left and at what cost."""
