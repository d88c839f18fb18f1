"""Records and rules: no IO, no clock, no dice."""
