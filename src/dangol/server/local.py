"""Which addresses and names are this machine's own."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_own_name(host: str) -> bool:
    """Whether a browser that asks for this name asks this machine, wherever its names come from."""
    return host in ("127.0.0.1", "localhost", "[::1]")
