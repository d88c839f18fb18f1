"""Edge: variants of scenarios, by templates in a metered sandbox."""
