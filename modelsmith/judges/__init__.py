"""Models that decide criteria: prompt, reply, vote, panel, agreement, blind recheck."""
