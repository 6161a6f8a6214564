"""The made-up shop behind the HTTP entrance."""

from tests.app.conftest import exports, original, seen

__all__ = ["exports", "original", "seen"]
