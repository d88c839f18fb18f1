"""What steps ask of the world, as Protocols; `adapters` answer."""
