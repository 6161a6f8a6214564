"""The shop's settings over HTTP: those that may be changed without the machine. Owners only."""

from __future__ import annotations

import threading
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, changing
from dangol.server.access import need
from dangol.server.reply import Plain

ADMINISTER = [need(Right.ADMINISTER)]


class Wanted(BaseModel):
    """Settings by name, and the version they were read at."""

    version: str = Field(max_length=64)
    settings: dict[str, Any] = Field(max_length=50)


def add_shop(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes; `turn` is what long answers wait for."""

    @app.get("/v1/settings", summary="Settings that may be changed here", dependencies=ADMINISTER)
    def settings() -> Plain:
        return Plain(changing.editable(workspace))

    @app.put(
        "/v1/settings", summary="Change settings; everybody is computed again where needed", dependencies=ADMINISTER
    )
    def change(said: Wanted) -> Plain:
        with turn:
            return Plain(changing.change(workspace, said.settings, said.version))
