"""What the loop does in each phase: load, decide through the domain, act through ports, record."""
