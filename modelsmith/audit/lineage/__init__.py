"""From an adapter to each scenario and person, and back."""
