"""What the server writes to its output: what failed and where in the code, never what a request or a row said."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Any


class Discreet(logging.Formatter):
    """An exception by its type and places: its message may quote a value, and a value may be somebody's."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  (the name the library calls)
        kind: type[BaseException] | None
        trace: TracebackType | None
        kind, _, trace = ei
        places = [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
        return "\n".join([kind.__name__ if kind else "error", *places[-12:]])


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"discreet": {"()": Discreet, "format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "discreet", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"uvicorn.access": {"handlers": [], "propagate": False}},
}
"""For `logging.config.dictConfig`, and uvicorn's ``log_config``."""
