"""Edge: trl and peft."""
