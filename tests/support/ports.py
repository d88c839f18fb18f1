"""Whether what stands for a port does all of it."""


def left_to(port, implementation):
    """Return the names that an implementation leaves to its port, whose methods do nothing."""
    words = {name for name in vars(port) if not name.startswith("_")}
    return {name for name in words if getattr(type(implementation), name) is vars(port)[name]}
