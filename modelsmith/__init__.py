"""Modelsmith: a GitOps factory for specialist language models."""

__version__ = "0.1.0"
