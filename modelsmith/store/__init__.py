"""Weights by digest: manifests, what is kept, the port."""
