"""Which addresses and names are this machine's own."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def authority(host: str, port: int) -> str:
    """A host and its port as they are written in an address: IPv6 in brackets."""
    bare = host.strip("[]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


def is_own_name(host: str) -> bool:
    """Whether a browser that asks for this name asks this machine, wherever its names come from."""
    return host in ("127.0.0.1", "localhost", "[::1]")
