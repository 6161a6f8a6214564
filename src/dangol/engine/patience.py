"""Waiting for the engine in a way that Ctrl-C and a time limit can end.

DuckDB's Python calls do not look at signals while they fetch; left alone, Ctrl-C waits for the query to end.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from typing import TypeVar

from dangol.schema import EngineError, Text

T = TypeVar("T")


def patiently(call: Callable[[], T], interrupt: Callable[[], None], *, timeout: float | None = None) -> T:
    """Run `call`; on Ctrl-C or after `timeout` seconds, `interrupt` it and raise.

    Only the main thread hears Ctrl-C, so only there the call goes to a helper thread.

    :raises EngineError: when the time is over. Ctrl-C comes out as KeyboardInterrupt, after the call has ended.
    """
    late = threading.Event()

    def stop() -> None:
        late.set()
        interrupt()

    timer = threading.Timer(timeout, stop) if timeout is not None else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        if threading.current_thread() is not threading.main_thread():
            return call()
        return _beside(call, interrupt)
    except Exception as error:
        if late.is_set():
            raise EngineError(
                Text(f"stopped after {timeout:g} seconds", f"{timeout:g}초가 지나 멈췄습니다"),
                hint=Text(
                    "narrow the question (fewer days, fewer columns), or allow more time",
                    "질문을 좁히거나(기간이나 열 줄이기) 시간을 더 주세요",
                ),
            ) from error
        raise
    finally:
        if timer:
            timer.cancel()


def _beside(call: Callable[[], T], interrupt: Callable[[], None]) -> T:
    found: list[T] = []
    failed: list[BaseException] = []
    done = threading.Event()  # not Thread.join: interrupted, it takes a running thread for a finished one (Python 3.11)

    def work() -> None:
        try:
            found.append(call())
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    _helper().put(work)
    try:
        while not done.wait(0.5):  # a bounded wait, since an unbounded one cannot be interrupted on every system
            pass
    except KeyboardInterrupt:
        interrupt()
        while not done.wait(0.1):  # the first word may have come before the call had begun
            interrupt()
        raise
    if failed:
        raise failed[0]
    return found[0]


@cache
def _helper() -> SimpleQueue[Callable[[], None]]:
    """What the one thread beside the main one does, call after call: to start a thread for each costs more than most calls."""
    calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def work() -> None:
        while True:
            calls.get()()

    threading.Thread(target=work, name="beside", daemon=True).start()
    return calls


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helper.cache_clear)  # threads do not come along
