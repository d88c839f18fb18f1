"""Edge: this machine's files, locks, clock, console, and CI's job pages."""
