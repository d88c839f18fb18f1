"""Rows, curricula and strategies of a training, and its port."""
