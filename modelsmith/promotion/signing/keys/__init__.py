"""Edge: Sigstore, managed keys, SSH."""
