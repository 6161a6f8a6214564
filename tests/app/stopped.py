"""A process that imports and is stopped at a chosen moment: ``python -m tests.app.stopped FOLDER EXPORTS MOMENT SIGNAL``.

The moment is a call that the import makes; the signal hits just before it, or just after it (``+``). KILL, INT, or ``FULL:bytes``
for a disk on which no file grows beyond so many bytes.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.app import shop

MOMENTS = {
    "reading": ("dangol.app.take", "take"),
    "who": ("dangol.app.take", "resolve"),
    "facts": ("dangol.app.take", "_facts"),
    "facts+": ("dangol.app.take", "_facts"),
    "vault+": ("dangol.privacy.vault", "Vault.put"),
    "note+": ("dangol.app.take", "_note"),
    "finish": ("dangol.store.batches", "Batches.finish"),
    "commit+": ("dangol.engine.duckdb", "DuckDBEngine.transaction"),
    "traits": ("dangol.app.refreshing", "refresh_traits"),
    "segments": ("dangol.app.refreshing", "refresh_segments"),
    "segments+": ("dangol.app.refreshing", "refresh_segments"),
}


def stop_at(moment: str, number: signal.Signals, *, nth: int) -> None:
    """Patch the call so that its `nth` time is this process's last."""
    module, name = MOMENTS[moment]
    owner: Any = __import__(module, fromlist=["_"])
    *path, last = name.split(".")
    for step in path:
        owner = getattr(owner, step)
    before, times = getattr(owner, last), 0

    def stopped(*args: Any, **kwargs: Any) -> Any:
        nonlocal times
        times += 1
        if times == nth and not moment.endswith("+"):
            os.kill(os.getpid(), number)
        done = before(*args, **kwargs)
        if times == nth and moment.endswith("+"):
            os.kill(os.getpid(), number)
        return done

    setattr(owner, last, stopped)


def stop_after_commit(nth: int) -> None:
    """Between the engine's commit and the store's: the one moment that is not in a single transaction."""
    from dangol.engine import DuckDBEngine

    before, times = DuckDBEngine._do, 0

    def done(self: DuckDBEngine, text: str) -> Any:
        nonlocal times
        result = before(self, text)
        if text == "COMMIT":
            times += 1
            if times == nth:
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    DuckDBEngine._do = done  # type: ignore[method-assign]


def main(folder: str, exports: str, moment: str, how: str) -> None:
    ws = shop.reopen(Path(folder))
    if how.startswith("FULL:"):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(how[5:]), resource.RLIM_INFINITY))
    elif moment == "commit+":
        stop_after_commit(2)
    else:
        stop_at(moment, signal.Signals[f"SIG{how}"], nth=1 if moment.startswith(("traits", "segments")) else 2)
    report = ws.import_files([exports])
    for file in report.files:
        print(file.file, file.status, file.note)
    ws.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
