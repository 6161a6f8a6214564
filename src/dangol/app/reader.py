"""Many records of the intake log are read in a process of its own: Python does one thing at a time, and answering goes first.

`python -m dangol.app.reader` is that process. It gets what it needs through its standard input (the keys of reading, which are
in no file, argument or environment), opens no store, and ends with the process that started it.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from dangol.collect.tracking import Seen, tally, told_of
from dangol.collect.wire import Call, Envelope, Money, Refused, Staged, read_body, read_calls, staged
from dangol.privacy import Keys, Pseudonymiser, Sealer

if TYPE_CHECKING:
    from dangol.app.workspace import Base

MANY = 100
"""Fewer records than this are read at once where they are needed."""

LIMIT = 30.0
"""Seconds until a reader that does not answer is ended; what it was given is read here then."""


@dataclass(frozen=True)
class Told:
    """What records said, staged; what it adds up to for the catalogue; and the places of those that are read elsewhere."""

    staged: Staged
    sums: dict[tuple[str, str, str], Seen]
    left: list[int]


@dataclass(frozen=True)
class Means:
    """What reading needs."""

    keys: Keys
    pseudonymiser: Pseudonymiser
    money: Money

    @classmethod
    def of(cls, ws: Base) -> Means:
        """As the settings of a workspace are now."""
        money = Money(ws.settings.currency, dict(ws.settings.rates))
        return cls(replace(ws.privacy.keys, wrap=b""), copy(ws.privacy.pseudonymiser), money)

    def same(self, other: Means) -> bool:
        """Whether both read alike; keys do not change while a workspace is open."""
        return (self.money, self.pseudonymiser.settings) == (other.money, other.pseudonymiser.settings)


def read(records: Sequence[bytes], batch: int, means: Means, sealer: Sealer) -> Told:
    """Sealed records, staged under a batch's number. Hooks, recordings and what cannot be read are left."""
    found: list[Call | Refused] = []
    heads: dict[int, Any] = {}
    left = []
    for place, record in enumerate(records):
        try:
            envelope, body = Envelope.unpack(sealer.open(record))
            calls = list(read_calls(envelope, read_body(body), means.money)) if envelope.plain else None
        except Exception:  # whoever reads it again says why
            calls = None
        if calls is None:
            left.append(place)
            continue
        found += calls
        heads.update({c.key: envelope.as_dict() for c in calls if isinstance(c, Refused)})
    made = staged(found, batch=batch, pseudonymiser=means.pseudonymiser, envelopes=heads)
    rows = made.events.to_pylist()
    return Told(made, tally((told_of(row) for row in rows), means.keys.digest), left)


class Reader:
    """The other process, started when it is first needed, and again when it has died or settings were changed; used by one
    thread at a time."""

    def __init__(self, ws: Base) -> None:
        self._ws = ws
        self._means = Means.of(ws)
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()

    def read(self, records: Sequence[bytes], batch: int) -> Told | None:
        """The records, read. None where they have to be read here: the process is starting, or has failed."""
        means = Means.of(self._ws)
        if not means.same(self._means):  # settings were changed
            self.close()
            self._means = means
        process = self._process
        if process is None:
            self._start()
            return None
        if not self._ready.is_set() and process.poll() is None:
            return None
        clock = threading.Timer(LIMIT, process.kill)
        clock.daemon = True
        clock.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            _put(process.stdin, (list(records), batch))
            told = pickle.load(process.stdout)  # noqa: S301 (a process of ours)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError):
            self.close()
            return None
        finally:
            clock.cancel()
        return told if isinstance(told, Told) else None

    def wait(self, seconds: float) -> bool:
        """Until it is ready; returns whether it is."""
        return self._ready.wait(seconds)

    def _start(self) -> None:
        """Start it and go on; it says itself when it is ready."""
        self._ready.clear()
        command = [sys.executable, "-P", "-m", "dangol.app.reader"]
        self._process = process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self._greet, args=(process,), name="reader", daemon=True).start()

    def _greet(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError, ValueError):
            assert process.stdin is not None
            assert process.stdout is not None
            _put(process.stdin, self._means)
            if pickle.load(process.stdout) == "ready" and self._process is process:  # noqa: S301 (a process of ours)
                self._ready.set()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        self._ready.clear()
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _put(pipe: IO[bytes], what: object) -> None:
    pickle.dump(what, pipe, protocol=5)
    pipe.flush()


def main() -> None:
    """Answer until the other side is gone."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        means: Means = pickle.load(asked)  # noqa: S301 (a process of ours)
        sealer = Sealer(means.keys)
        _put(answers, "ready")
        while True:
            records, batch = pickle.load(asked)  # noqa: S301 (a process of ours)
            try:
                told: Told | None = read(records, batch, means, sealer)
            except Exception:  # read where the log is, record by record: there it is told apart
                told = None
            _put(answers, told)
    except (EOFError, OSError):
        return


if __name__ == "__main__":
    # what is answered is unpickled by a process that knows this module by its name
    from dangol.app import reader

    reader.main()
