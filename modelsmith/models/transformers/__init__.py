"""Edge: torch and transformers."""
