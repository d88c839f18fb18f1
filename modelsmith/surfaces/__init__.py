"""Records turned into text; nothing here writes."""
