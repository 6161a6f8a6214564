"""Backups over HTTP: made, listed, fetched, deleted. Owners only; restoring is a command, since nothing may run meanwhile."""

from __future__ import annotations

import threading

from fastapi import FastAPI
from fastapi.responses import FileResponse

from dangol.app import Right, Workspace, backing
from dangol.schema import BusyError, Text
from dangol.server.access import need
from dangol.server.reply import Plain

ADMINISTER = [need(Right.ADMINISTER)]


def add_backups(app: FastAPI, workspace: Workspace) -> None:
    """The routes."""
    one_at_a_time = threading.Lock()

    @app.get("/v1/backups", summary="Backups that lie in the workspace", dependencies=ADMINISTER)
    def backups() -> Plain:
        return Plain(backing.listed(workspace))

    @app.post("/v1/backups", summary="Make a backup", dependencies=ADMINISTER)
    def make() -> Plain:
        if not one_at_a_time.acquire(blocking=False):
            raise BusyError(
                Text("a backup is being made already", "이미 백업을 만드는 중입니다"),
                hint=Text("wait until it is done", "끝날 때까지 기다리세요"),
            )
        try:
            file = backing.make(workspace)
        finally:
            one_at_a_time.release()
        return Plain({"backup": file.name, "bytes": file.stat().st_size})

    @app.get(
        "/v1/backups/{backup}",
        summary="A backup as a file",
        dependencies=ADMINISTER,
        response_class=FileResponse,
        responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    def fetch(backup: str) -> FileResponse:
        file = backing.found(workspace, backup)
        workspace.store.audit.write(workspace.actor, "backup.fetched", f"backup/{backup}", now=workspace.real_now())
        return FileResponse(file, filename=backup, media_type="application/octet-stream")

    @app.delete("/v1/backups/{backup}", summary="Delete a backup", dependencies=ADMINISTER)
    def remove(backup: str) -> Plain:
        backing.remove(workspace, backup)
        return Plain({"removed": backup})
