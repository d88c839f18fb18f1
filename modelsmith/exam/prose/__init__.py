"""Prose that people lay out: its sentences, and the marks of its lists."""
