"""Edge: the OpenAI-compatible server."""
