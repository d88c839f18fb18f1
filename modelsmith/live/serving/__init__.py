"""Follows a channel, and hands requests to what is live."""
