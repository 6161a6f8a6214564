"""The made-up shop in the terminal."""

from tests.app.conftest import exports, original, ready

__all__ = ["exports", "original", "ready"]
