"""What takes a release back: contract, canary, drift detector, revert."""
