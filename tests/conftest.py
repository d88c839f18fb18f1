"""The order of the suite."""

LONGEST = ("model", "act")
"""Markers of what takes longest, and first begins: the other worker has enough to do beside it."""


def pytest_collection_modifyitems(items):
    """Sort the tests by what they take, each kind in its order."""
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in LONGEST])
