"""The terminal: `dangol …`."""

from dangol.cli.main import app, main

__all__ = ["app", "main"]
