"""What follows a round, and the gate: rules over statistics."""
