"""dangol: from every trace a customer leaves to the next right contact.

import dangol

shop = dangol.create("shop")     # or dangol.open("shop") for one that is there
shop.import_files(["orders.csv"])
print(shop.segments())
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dangol.app import Workspace

__all__ = ["create", "open"]
__version__ = "0.1.0"


def open(path: str | Path | None = None) -> Workspace:  # noqa: A001  (the verb everybody expects)
    """Open the workspace at `path`, or at the current folder or one above it."""
    from dangol.app import Workspace  # here, so that importing one room does not load the whole house

    return Workspace.open(Path(path) if path is not None else None)


def create(path: str | Path, **settings: Any) -> Workspace:
    """Make a workspace at `path` and open it. `settings` as in docs/settings.md: ``timezone``, ``currency``, …"""
    from dangol.app import Workspace

    return Workspace.create(Path(path), **settings)
