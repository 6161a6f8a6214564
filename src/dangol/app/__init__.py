"""Bootstrap: opens stores, engines and the vault once, and says in which order things are done."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dangol.app.api import Workspace
    from dangol.app.demo import Demo
    from dangol.app.desk import Desk
    from dangol.app.following import Beat
    from dangol.app.profile import Profile, customer_number
    from dangol.app.reader import Reader
    from dangol.app.report import FileReport, ImportReport
    from dangol.app.settings import Settings
    from dangol.app.settings_read import bytes_of
    from dangol.privacy import Right, Role

__all__ = [
    "Beat",
    "Demo",
    "Desk",
    "FileReport",
    "ImportReport",
    "Profile",
    "Reader",
    "Right",
    "Role",
    "Settings",
    "Workspace",
    "bytes_of",
    "customer_number",
]

_HOME = {
    "Beat": "following",
    "Demo": "demo",
    "Desk": "desk",
    "FileReport": "report",
    "ImportReport": "report",
    "Profile": "profile",
    "Reader": "reader",
    "Settings": "settings",
    "Workspace": "api",
    "bytes_of": "settings_read",
    "customer_number": "profile",
}


def __getattr__(name: str) -> Any:
    """Loaded when first asked for: `dangol --help` must not wait for the engine and the compiler."""
    if name in ("Right", "Role"):
        return getattr(import_module("dangol.privacy"), name)
    if name in _HOME:
        return getattr(import_module(f"dangol.app.{_HOME[name]}"), name)
    raise AttributeError(f"module 'dangol.app' has no attribute '{name}'")
