"""Addresses of hosts."""

import re

HOST = re.compile(r"https?://(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)")
"""The host in an address, in brackets where it is an IPv6 address."""


def host_of(address: str) -> str:
    """Return the host in an address; nothing where it is none."""
    found = HOST.match(address)
    return found[1].strip("[]").lower() if found else ""
