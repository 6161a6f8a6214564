"""What a link to a dashboard shows, to whoever has it. The token is in the body: addresses end up in logs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from dangol.app import Workspace
from dangol.schema import NotFoundError, Text, TooOftenError
from dangol.server.access import anybody
from dangol.server.reply import Plain, language

A_MINUTE, WRONG_A_MINUTE = 240, 20
"""Requests a minute of one address, and those among them with a link that opens nothing."""
_MOST = 10_000


class Shown(BaseModel):
    """The token of a link."""

    token: str = Field(min_length=1, max_length=200, description="what stands behind # in the link")


class Rate:
    """So many a minute for each name; the minute is the clock's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[Hashable, int] = {}

    def count(self, name: Hashable, most: int, *, by: int = 1) -> None:
        """Raises `TooOftenError` when there were `most` in this minute already."""
        now = self._clock()
        with self._lock:
            if int(now // 60) != self._minute or len(self._counts) > _MOST:
                self._minute, self._counts = int(now // 60), {}
            if self._counts.get(name, 0) >= most:
                wait = 60 - int(now % 60)
                raise TooOftenError(
                    Text(f"too many requests: wait {wait} s", f"요청이 너무 많습니다. {wait}초 기다리세요"), wait=wait
                )
            self._counts[name] = self._counts.get(name, 0) + by


def add_shared(app: FastAPI, workspace: Workspace, rate: Rate | None = None) -> None:
    """The two routes, open to everybody and slow to strangers."""
    rates = rate or Rate()
    ours = threading.Semaphore(1)

    def careful(request: Request, show: Callable[[], Plain]) -> Plain:
        place = request.client.host if request.client else ""
        rates.count(place, A_MINUTE)
        rates.count(("wrong", place), WRONG_A_MINUTE, by=0)
        try:
            return show()
        except NotFoundError:
            rates.count(("wrong", place), WRONG_A_MINUTE)
            raise

    @app.post("/v1/shared", summary="A shared dashboard, by the token of its link", dependencies=[anybody()])
    def shared(request: Request, shown: Shown, lang: str = "") -> Plain:
        said = language(request, lang)
        return careful(request, lambda: Plain(workspace.shared(shown.token, said)))

    @app.post("/v1/shared/{tile}", summary="A tile of a shared dashboard", dependencies=[anybody()])
    def tile(request: Request, tile: str, shown: Shown, lang: str = "") -> Plain:
        said = language(request, lang)

        def show() -> Plain:
            with ours:
                return Plain(workspace.shared_tile(shown.token, tile, said))

        return careful(request, show)
