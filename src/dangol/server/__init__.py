"""The HTTP entrance: one process, one port. Thin today: reads only, this machine only."""

from dangol.server.api import create
from dangol.server.run import serve

__all__ = ["create", "serve"]
