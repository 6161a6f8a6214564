"""What waits for what. Changes take turns; questions over everybody have a few turns of their own; pages wait for nobody.

A page of customers must not wait until somebody's map is drawn, and many maps at once would only make each of them wait.
"""

from __future__ import annotations

import threading

from fastapi import FastAPI

AT_ONCE = 2
"""Questions over everybody that are answered at once."""


def long_turn(app: FastAPI) -> threading.Semaphore:
    """The turn of questions over everybody: one for the whole application."""
    if not hasattr(app.state, "long_turn"):
        app.state.long_turn = threading.Semaphore(AT_ONCE)
    found: threading.Semaphore = app.state.long_turn
    return found
