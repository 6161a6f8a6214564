"""Files over HTTP: uploaded piece by piece into the workspace, looked at, imported as a job, and taken back."""

from __future__ import annotations

import secrets
import threading
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from dangol.app import Right, Workspace, uploads
from dangol.app.asking import speaking
from dangol.app.undoing import listed
from dangol.collect import GRAINS, presets
from dangol.schema import FileError, Text, word
from dangol.server.access import expect, need, whoever
from dangol.server.numbers import Number
from dangol.server.reply import Plain, language, whole

PIECE = 1 << 20
"""Bytes that are written at once, in a thread: the disk must not hold up everybody else's answers."""

RIGHTS = {
    **dict.fromkeys(("import", "undo", "replay"), Right.TAKE),
    **dict.fromkeys(("identity.try", "identity.publish", "identity.revert"), Right.MEND),
    "compute": Right.DEFINE,
}
"""What a job is to be begun with, by its kind: the right of its own route. Nobody begins another's by its number."""

Json = dict[str, Any]


class Change(BaseModel):
    """A column taken for something else."""

    column: str = Field(max_length=2_000)
    meaning: str = Field(
        "", max_length=300, description="at, amount, id:email, person:name, trait:grade, …; empty: left out"
    )
    kind: str = Field("", max_length=20, description="of a trait: text, number, date, gender")


class Look(BaseModel):
    """How a file should be read; nothing: what dangol finds."""

    mapping: Json | None = Field(None, description="a mapping as a document (docs/presets.md)")
    yaml: str = Field("", max_length=500_000, description="the same as YAML")
    preset: str = Field("", max_length=200)
    change: list[Change] = Field(default_factory=list, max_length=2_000)
    password: str = Field("", max_length=500, description="of an encrypted spreadsheet; kept in memory only")


class File(BaseModel):
    """An uploaded file and its mapping."""

    upload: str = Field(max_length=40)
    mapping: Json | None = None


class Import(BaseModel):
    """Files to import together: reference tables first, facts last."""

    files: list[File] = Field(min_length=1, max_length=200)
    source: str = Field("", max_length=80)
    dry_run: bool = False


class Undo(BaseModel):
    """Taking an import back."""

    reason: str = Field("", max_length=500)
    dry_run: bool = False


def add_imports(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes; `turn` is what long answers wait for. Imports themselves are jobs and hold up nobody."""
    if workspace is not None:  # the routes are described without one
        workspace.jobs  # noqa: B018 (what an earlier process left running is told as interrupted from the start)
        workspace.spool.sweep(workspace.real_now())
    take = [need(Right.TAKE)]

    @app.put("/v1/uploads", summary="One file as the body; its name in x-file-name", dependencies=take, status_code=201)
    async def upload(request: Request) -> Plain:
        return Plain(await _arrive(request, workspace), status_code=201)

    @app.delete("/v1/uploads/{upload}", summary="Forget an uploaded file", dependencies=take)
    def forget(upload: str) -> Plain:
        workspace.spool.remove(upload)
        return Plain({"removed": upload})

    @app.post("/v1/uploads/{upload}/look", summary="What a file is, and its first rows as read", dependencies=take)
    def look(request: Request, upload: str, wanted: Look, lang: str = "") -> Plain:
        change = [c.model_dump() for c in wanted.change]
        how = uploads.Wanted(wanted.mapping, wanted.yaml, wanted.preset, change, wanted.password)
        with turn, speaking(language(request, lang)):
            return Plain(uploads.look(workspace, workspace.spool.get(upload), how))

    @app.get("/v1/presets", summary="File exports that dangol knows", dependencies=[need(Right.SEE)])
    def known(request: Request, lang: str = "") -> Plain:
        spoken = language(request, lang)
        rows = [
            {"preset": p.name, "grain": p.grain, "says": p.ko if spoken == "ko" else p.en} for p in presets().values()
        ]
        return Plain({"presets": rows, "grains": [{"grain": g, "says": word("grain", g, spoken)} for g in GRAINS]})

    @app.post("/v1/imports", summary="Import uploaded files, or try it: a job", dependencies=take, status_code=202)
    def start(request: Request, wanted: Import, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            for file in wanted.files:
                workspace.spool.get(file.upload)
            return Plain(workspace.jobs.start("import", wanted.model_dump()).as_dict(), status_code=202)

    @app.get("/v1/imports", summary="Every import, newest first", dependencies=[need(Right.SEE)])
    def every(request: Request, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(listed(workspace))

    @app.post(
        "/v1/imports/{batch}/undo",
        summary="Take an import back (a job), or see what would go",
        dependencies=take,
        responses={202: {"description": "The job that takes it back"}},
    )
    def undo(request: Request, batch: Number, wanted: Undo, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            if wanted.dry_run:
                with turn:
                    return Plain({"changes": list(workspace.undo_import(batch, dry_run=True))})
            job = workspace.jobs.start("undo", {"batch": batch, "reason": wanted.reason})
            return Plain(job.as_dict(), status_code=202)

    add_jobs(app, workspace)


def add_jobs(app: FastAPI, workspace: Workspace) -> None:
    """Jobs to look at, to cancel and to run again."""

    @app.get("/v1/jobs", summary="Jobs, newest first", dependencies=[need(Right.SEE)])
    def jobs(kind: str = "", limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Plain:
        found = [j for j in workspace.jobs.all() if not kind or j.kind == kind]
        return Plain([{**j.as_dict(), "result": None, "asked": _asked(j.kind, j.asked)} for j in found[:limit]])

    @app.get("/v1/jobs/{job}", summary="A job: how far it is, and what it said", dependencies=[need(Right.SEE)])
    def job(job: Number) -> Plain:
        found = workspace.jobs.get(job)
        return Plain({**found.as_dict(), "asked": _asked(found.kind, found.asked)})

    @app.post("/v1/jobs/{job}/cancel", summary="Stop a job, by whoever may begin it", dependencies=[need(Right.SEE)])
    def cancel(request: Request, job: Number) -> Plain:
        expect(whoever(request), RIGHTS.get(workspace.jobs.get(job).kind, Right.ADMINISTER))
        return Plain(workspace.jobs.cancel(job).as_dict())

    @app.post(
        "/v1/jobs/{job}/again",
        summary="Run a job again that did not end well",
        dependencies=[need(Right.SEE)],
        status_code=202,
    )
    def again(request: Request, job: Number, lang: str = "") -> Plain:
        expect(whoever(request), RIGHTS.get(workspace.jobs.get(job).kind, Right.ADMINISTER))
        with speaking(language(request, lang)):
            return Plain(workspace.jobs.again(job).as_dict(), status_code=202)


def _asked(kind: str, asked: Json) -> Json:
    """What was asked, without whole mappings."""
    files = [{"upload": f.get("upload")} for f in asked.get("files", ())]
    return {
        **{k: v for k, v in asked.items() if k not in ("files", "mapping", "policy")},
        **({"files": files} if files else {}),
    }


async def _arrive(request: Request, workspace: Workspace) -> Json:
    """Write a body into the spool as it comes; nothing of it stays where it does not come whole."""
    said = request.headers.get("content-length", "")
    size = whole(said)
    name = unquote(request.headers.get("x-file-name", ""))[:1_000] or "file"
    arriving = await run_in_threadpool(workspace.spool.begin, secrets.token_hex(8), name, size)
    with arriving:
        try:
            waiting = bytearray()
            async for piece in request.stream():
                waiting += piece
                if len(waiting) >= PIECE:
                    await run_in_threadpool(arriving.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(arriving.write, bytes(waiting))
        except ClientDisconnect as error:
            raise _torn() from error
        if size is not None and size != arriving.size:
            raise _torn()
        if not arriving.size:
            raise FileError(
                Text("the file is empty", "빈 파일입니다"),
                where="upload",
                hint=Text("choose another file", "다른 파일을 고르세요"),
            )
        kept = await run_in_threadpool(arriving.whole)
    return {"upload": kept.id, "file": kept.name, "size": kept.size}


def _torn() -> FileError:
    return FileError(
        Text("the file did not arrive whole", "파일이 끝까지 오지 않았습니다"),
        where="upload",
        hint=Text("upload it again", "다시 올려 주세요"),
    )
