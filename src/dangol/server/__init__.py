"""The HTTP entrance: one port, this machine only (others come through a proxy). It collects and answers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dangol.server.api import create
    from dangol.server.front import Front, fronted
    from dangol.server.run import serve

__all__ = ["Front", "create", "fronted", "serve"]

_HOME = {"Front": "front", "create": "api", "fronted": "front", "serve": "run"}


def __getattr__(name: str) -> Any:
    """Loaded when first asked for: the process that only receives needs no engine."""
    if name in _HOME:
        return getattr(import_module(f"dangol.server.{_HOME[name]}"), name)
    raise AttributeError(f"module 'dangol.server' has no attribute '{name}'")
