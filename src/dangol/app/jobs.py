"""Long work of a server, one job after the other in a thread of its own: progress to look at, cancel, and a state that survives.

A job is a small JSON file below ``jobs/`` in the workspace (not in the store, which others write to): what was asked, how far
it came, what it said. A job that was running when the process ended is *interrupted*, and can be run again. Nothing in it is
personal.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from dangol.app.asking import speaking
from dangol.engine import write_whole
from dangol.schema import DangolError, Lang, NotFoundError, RefusedError, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

MOST = 200
"""Jobs that are kept; the oldest go."""

WAITING, RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = (
    "waiting", "running", "done", "failed", "cancelled", "interrupted",
)  # fmt: skip
OPEN = (WAITING, RUNNING)

_FAILED = Text("dangol failed", "dangol에 오류가 났습니다")


class StoppedError(Exception):
    """Raised inside a job that somebody cancelled."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work. `asked` and `result` are plain JSON; times are ISO 8601 in UTC.

    :param step: what it does: a file's name, looking, traits, segments, …; done of total where it knows.
    :param stops: whether it can still be cancelled.
    """

    id: int
    kind: str
    asked: dict[str, Any]
    state: str = WAITING
    step: str = ""
    done: int = 0
    total: int | None = None
    stops: bool = True
    actor: str = ""
    lang: Lang = "en"
    made_at: str = ""
    started_at: str = ""
    ended_at: str = ""
    result: Any = None
    error: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Work = Callable[["Workspace", dict[str, Any], "Running"], Any]
"""Does a job: the workspace, what was asked, and the running job to tell of progress. Returns plain JSON."""


@dataclass
class Running:
    """What a job's work may call."""

    jobs: Jobs
    id: int
    stopped: threading.Event = field(default_factory=threading.Event)
    heard: threading.Event = field(default_factory=threading.Event)

    def progress(self, step: str, done: int = 0, total: int | None = None) -> None:
        """Tell how far it is; ends the work where somebody cancelled it and it still can be."""
        firm = step in ("traits", "segments")
        if self.stopped.is_set() and not firm:
            self.heard.set()
            raise StoppedError
        self.jobs.told(self.id, step=step, done=done, total=total, stops=not firm)


class Jobs:
    """Every job of one workspace, and the thread that does them."""

    def __init__(self, ws: Workspace, kinds: Mapping[str, Work], *, folder: Path) -> None:
        self._ws, self._kinds, self._folder = ws, kinds, folder
        self._turn = threading.Condition()
        self._jobs: dict[int, Job] = {}
        self._queue: list[tuple[int, contextvars.Context]] = []
        self._running: Running | None = None
        self._interrupt: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self._ended = False
        self._load()

    # -- looking -----------------------------------------------------------------------------------------------------
    def all(self) -> list[Job]:
        """Every job that is kept, newest first."""
        with self._turn:
            return sorted(self._jobs.values(), key=lambda j: -j.id)

    def get(self, number: int) -> Job:
        """Raises `NotFoundError`."""
        with self._turn:
            found = self._jobs.get(number)
        if found is None:
            raise NotFoundError(
                Text(f"there is no job {number}", f"{number}번 작업이 없습니다"),
                hint=Text("GET /v1/jobs lists them", "GET /v1/jobs에 목록이 있습니다"),
            )
        return found

    # -- doing -------------------------------------------------------------------------------------------------------
    def start(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Queue a job for whoever asks; it runs when those before it are done."""
        with self._turn:
            if self._ended:
                raise RefusedError(Text("the server is about to end", "서버가 끝나는 중입니다"))
            job = Job(
                id=max(self._jobs, default=0) + 1,
                kind=kind,
                asked=dict(asked),
                actor=self._ws.actor,
                lang=self._ws.lang,
                made_at=self._now(),
            )
            self._put(job)
            self._queue.append((job.id, contextvars.copy_context()))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
                self._thread.start()
            self._turn.notify_all()
        return job

    def again(self, number: int) -> Job:
        """The same once more: for one that was interrupted, failed or cancelled."""
        job = self.get(number)
        if job.state in (*OPEN, DONE) or job.kind not in self._kinds:
            done = Text("it is done", "이미 끝났습니다")
            raise RefusedError(
                Text(f"job {number} cannot be run again", f"{number}번 작업은 다시 할 수 없습니다"),
                hint=done if job.state == DONE else Text("wait until it has ended", "끝날 때까지 기다리세요"),
            )
        return self.start(job.kind, job.asked)

    def cancel(self, number: int) -> Job:
        """Stop a job: at once where it waits, as soon as it can where it runs. Raises `RefusedError` for one that has ended."""
        with self._turn:
            job = self.get(number)
            if job.state == WAITING:
                self._queue = [(i, c) for i, c in self._queue if i != number]
                self._put(replace(job, state=CANCELLED, ended_at=self._now()))
            elif job.state == RUNNING and self._running is not None and job.stops:
                self._stop(self._running)
            else:
                raise RefusedError(
                    Text(f"job {number} cannot be stopped any more", f"{number}번 작업은 이제 멈출 수 없습니다"),
                    hint=Text("an import can be taken back", "가져오기는 되돌릴 수 있습니다"),
                )
            return self._jobs[number]

    def told(self, number: int, **how: Any) -> None:
        """How far a job is; kept in memory only."""
        with self._turn:
            self._jobs[number] = replace(self._jobs[number], **how)
            self._turn.notify_all()

    def wait(self, number: int, seconds: float) -> Job:
        """The job once it has ended, or after so many seconds as it is then."""
        with self._turn:
            self._turn.wait_for(lambda: self._jobs[number].state not in OPEN, seconds)
            return self._jobs[number]

    def close(self) -> None:
        """Stop what runs, and let nothing begin. What was stopped can be run again."""
        with self._turn:
            self._ended = True
            if self._running is not None:
                self._stop(self._running)
            self._turn.notify_all()
        if self._thread is not None:
            self._thread.join()

    # -- inside ------------------------------------------------------------------------------------------------------
    def _stop(self, running: Running) -> None:
        """Interrupt what runs until it has heard: a word that comes before a query has begun is lost."""
        running.stopped.set()
        interrupt = self._interrupt

        def insist() -> None:
            while not running.heard.wait(0.2) and self._running is running:
                interrupt()

        interrupt()
        threading.Thread(target=insist, name="stop", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._ended or bool(self._queue))
                if self._ended:
                    return
                number, context = self._queue.pop(0)
                self._running = Running(self, number)
                self._put(replace(self._jobs[number], state=RUNNING, started_at=self._now()))
            try:
                ended = context.run(self._do, self._running)
            except BaseException:  # the thread must not die of one job; what it was is not told: it may be personal
                ended = {"state": FAILED, "error": {"code": "internal", "message": _FAILED.say("en")}}
            self._running.heard.set()
            with self._turn:
                self._running, self._interrupt = None, lambda: None
                self._put(replace(self._jobs[number], **ended, ended_at=self._now()))

    def _do(self, running: Running) -> dict[str, Any]:
        job = self._jobs[running.id]
        self._interrupt = self._ws.interrupter()
        with speaking(job.lang):
            try:
                return {"state": DONE, "result": self._kinds[job.kind](self._ws, job.asked, running)}
            except StoppedError:
                return self._stopped()
            except DangolError as error:
                if running.stopped.is_set():
                    return self._stopped()
                return {"state": FAILED, "error": error.as_dict(job.lang)}
            except Exception as error:
                said = {"code": "internal", "message": _FAILED.say(job.lang), "where": type(error).__name__}
                return {"state": FAILED, "error": said}

    def _stopped(self) -> dict[str, Any]:
        return {"state": INTERRUPTED if self._ended else CANCELLED}

    def _put(self, job: Job) -> None:
        """Remember a job, in memory and on the disk; inside the turn."""
        self._jobs[job.id] = job
        self._turn.notify_all()
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_whole(self._folder / f"{job.id:08d}.json", orjson.dumps(job.as_dict(), default=str))
        except OSError:  # a full disk must not stop a job; its state is then known to this process only
            pass
        for old in sorted(self._jobs)[:-MOST]:
            if self._jobs[old].state not in OPEN:
                del self._jobs[old]
                (self._folder / f"{old:08d}.json").unlink(missing_ok=True)

    def _load(self) -> None:
        for place in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            try:
                job = Job(**orjson.loads(place.read_bytes()))
            except (OSError, ValueError, TypeError):  # half written by a kill, or by another version
                place.unlink(missing_ok=True)
                continue
            self._jobs[job.id] = job
            if job.state in OPEN:
                with self._turn:
                    self._put(replace(job, state=INTERRUPTED, ended_at=self._now()))

    def _now(self) -> str:
        return self._ws.real_now().astimezone(dt.UTC).isoformat(timespec="seconds")
