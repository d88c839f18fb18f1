"""What a bundle shows: evaluation, provenance, model card, exports."""
