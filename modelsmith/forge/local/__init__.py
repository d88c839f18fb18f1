"""Edge: pull requests as refs of plain git."""
