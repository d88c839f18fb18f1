"""A promotion's pull request: judged, approved, overridden, sealed, merged."""
