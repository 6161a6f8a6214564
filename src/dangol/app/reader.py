"""Many records of the intake log are read in a process of its own: Python does one thing at a time, and answering goes first.

`python -m dangol.app.reader` is that process. While some records are taken in it reads those that came meanwhile. It gets what
it needs through its standard input (the keys of reading, which are in no file, argument or environment), opens no store, and
ends with the process that started it.
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
from dangol.schema import DangolError
from dangol.store import Record

if TYPE_CHECKING:
    from dangol.app.workspace import Base

MANY = 100
"""Fewer records than this are read at once where they are needed."""

SOME = 25
"""Fewer than this are not worth reading ahead yet."""

AHEAD = 5_000
"""Records that are read ahead at most."""

LIMIT = 30.0
"""Seconds until a reader that does not answer is ended; what it was given is read here then."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What one record says; the heads of its calls that are put aside."""

    calls: list[Call | Refused]
    heads: dict[int, Any]


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


def opened(sealed: bytes, means: Means, sealer: Sealer) -> Opened | None:
    """A record, read. None for hooks, recordings and what cannot be read: whoever reads it again says why."""
    try:
        envelope, body = Envelope.unpack(sealer.open(sealed))
        if not envelope.plain:
            return None
        calls = list(read_calls(envelope, read_body(body), means.money))
    except Exception:
        return None
    return Opened(calls, {c.key: envelope.as_dict() for c in calls if isinstance(c, Refused)})


def told(records: Sequence[Opened | None], batch: int, means: Means) -> Told:
    """Records, staged under a batch's number."""
    found = [call for one in records if one is not None for call in one.calls]
    heads = {key: head for one in records if one is not None for key, head in one.heads.items()}
    left = [place for place, one in enumerate(records) if one is None]
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
        self._pipe = threading.Lock()
        self._sent: set[int] = set()
        self._last = 0

    @property
    def is_ahead(self) -> bool:
        """Whether it has read something that was not asked for yet."""
        return bool(self._sent)

    def ahead(self) -> None:
        """Let it read what has come since; by another thread than the one that reads, while that one takes in."""
        process = self._process
        if process is None or not self._ready.is_set() or len(self._sent) >= AHEAD or self._ws.intake.kind == "nats":
            return
        with contextlib.suppress(DangolError, OSError, ValueError):  # whoever reads next finds out
            records = self._ws.intake.read(AHEAD - len(self._sent), after=self._last)
            with self._pipe:
                new = [r for r in records if r.position > self._last]  # the others were asked for meanwhile
                if len(new) < SOME or self._process is not process:
                    return
                self._last = new[-1].position
                self._sent.update(r.position for r in new)
                assert process.stdin is not None
                _put(process.stdin, ("ahead", [(r.position, r.sealed) for r in new], 0))

    def read(self, records: Sequence[Record], batch: int) -> Told | None:
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
            with self._pipe:
                asked = [(r.position, None if r.position in self._sent else r.sealed) for r in records]
                last = max((r.position for r in records), default=0)
                self._sent = {position for position in self._sent if position > last}
                self._last = max(self._last, last)
                _put(process.stdin, ("read", asked, batch))
            said = pickle.load(process.stdout)  # noqa: S301 (a process of ours)
        except (OSError, EOFError, pickle.UnpicklingError, ValueError):
            self.close()
            return None
        finally:
            clock.cancel()
        return said if isinstance(said, Told) else None

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
        self._sent = set()
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
        known: dict[int, Opened | None] = {}
        while True:
            what, records, batch = pickle.load(asked)  # noqa: S301 (a process of ours)
            if what == "ahead":
                known |= {position: opened(sealed, means, sealer) for position, sealed in records}
                continue
            found = [
                known.pop(position) if sealed is None else opened(sealed, means, sealer) for position, sealed in records
            ]
            last = max((position for position, _ in records), default=0)
            known = {position: one for position, one in known.items() if position > last}  # others took the rest in
            try:
                said: Told | None = told(found, batch, means)
            except Exception:  # read where the log is, record by record: there it is told apart
                said = None
            _put(answers, said)
    except (EOFError, OSError):
        return


if __name__ == "__main__":
    # what is answered is unpickled by a process that knows this module by its name
    from dangol.app import reader

    reader.main()
