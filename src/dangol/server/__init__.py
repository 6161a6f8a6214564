"""The HTTP entrance: one port, this machine only (others come through a proxy). It collects and answers."""

from dangol.server.api import create
from dangol.server.front import Front, fronted
from dangol.server.run import serve

__all__ = ["Front", "create", "fronted", "serve"]
