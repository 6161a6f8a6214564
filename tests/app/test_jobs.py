"""Long work in the background: one after the other, stopped, interrupted by the end of the server, run again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dangol.app import Workspace
from dangol.app.asking import speaking
from dangol.app.jobs import CANCELLED, DONE, FAILED, INTERRUPTED, RUNNING, Jobs, Running
from dangol.engine import sql
from dangol.schema import NotFoundError, RefusedError, Text
from tests.app import shop

SLOW = sql("SELECT count(*) AS n FROM range(100000000) AS a, range(100000) AS b WHERE hash(a.range + b.range) = 7")


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "shop", watch=lambda: shop.NOW, language="en") as made:
        yield made


class World:
    """Jobs whose work the test holds in its hand."""

    def __init__(self, ws: Workspace) -> None:
        self.ws, self.begun, self.go = ws, threading.Event(), threading.Event()
        self.order: list[int] = []
        kinds = {"wait": self.wait, "fail": self.fail, "break": self.break_, "slow": self.slow, "say": self.say}
        self.jobs = Jobs(ws, kinds, folder=ws.folder / "jobs")

    def wait(self, ws: Workspace, asked: dict[str, Any], running: Running) -> Any:
        running.progress("waiting", 1, 2)
        self.begun.set()
        self.go.wait(20)
        running.progress("waiting", 2, 2)
        self.order.append(running.id)
        return asked

    def fail(self, ws: Workspace, asked: dict[str, Any], running: Running) -> Any:
        raise RefusedError(Text("no", "아니요"), hint=Text("yes", "예"))

    def break_(self, ws: Workspace, asked: dict[str, Any], running: Running) -> Any:
        raise ValueError("danbi.namgung@haneul-mail.kr")

    def slow(self, ws: Workspace, asked: dict[str, Any], running: Running) -> Any:
        self.begun.set()
        return ws.engine.run(SLOW)["n"][0].as_py()

    def say(self, ws: Workspace, asked: dict[str, Any], running: Running) -> Any:
        return {"said": ws.say("hello", "안녕하세요"), "by": ws.actor}


@pytest.fixture
def world(ws: Workspace) -> Iterator[World]:
    made = World(ws)
    yield made
    made.go.set()
    made.jobs.close()


def test_jobs_run_one_after_the_other_and_keep_what_they_said(world: World) -> None:
    first, second = world.jobs.start("wait", {"n": 1}), world.jobs.start("wait", {"n": 2})
    assert world.begun.wait(20)
    told = world.jobs.get(first.id)
    assert (told.state, told.step, told.done, told.total) == (RUNNING, "waiting", 1, 2)
    world.go.set()
    assert world.jobs.wait(second.id, 20).state == DONE
    assert world.order == [first.id, second.id]
    assert world.jobs.get(second.id).result == {"n": 2}
    again = Jobs(world.ws, {}, folder=world.ws.folder / "jobs")
    assert [(j.id, j.state, j.result) for j in again.all()] == [(2, DONE, {"n": 2}), (1, DONE, {"n": 1})]


def test_a_job_speaks_the_language_of_who_asked(world: World) -> None:
    with speaking("ko"):
        korean = world.jobs.start("say", {})
    english = world.jobs.start("say", {})
    assert world.jobs.wait(korean.id, 20).result["said"] == "안녕하세요"
    assert world.jobs.wait(english.id, 20).result["said"] == "hello"


def test_what_fails_says_why_and_what_breaks_says_nothing_personal(world: World) -> None:
    failed = world.jobs.wait(world.jobs.start("fail", {}).id, 20)
    assert (failed.state, failed.error) == (FAILED, {"code": "refused", "message": "no", "hint": "yes"})
    broken = world.jobs.wait(world.jobs.start("break", {}).id, 20)
    assert broken.state == FAILED
    assert broken.error is not None
    assert broken.error["code"] == "internal"
    assert "danbi" not in (world.ws.folder / "jobs" / f"{broken.id:08d}.json").read_text()
    assert world.jobs.wait(world.jobs.again(failed.id).id, 20).state == FAILED, "the thread lives on"
    done = world.jobs.wait(world.jobs.start("say", {}).id, 20)
    with pytest.raises(RefusedError, match="again"):
        world.jobs.again(done.id)


def test_a_waiting_job_and_a_running_one_are_stopped(world: World) -> None:
    running, waiting = world.jobs.start("wait", {}), world.jobs.start("wait", {})
    assert world.begun.wait(20)
    assert world.jobs.cancel(waiting.id).state == CANCELLED
    world.jobs.cancel(running.id)
    world.go.set()
    assert world.jobs.wait(running.id, 20).state == CANCELLED
    with pytest.raises(RefusedError):
        world.jobs.cancel(running.id)
    with pytest.raises(NotFoundError):
        world.jobs.get(99)


def test_a_query_that_takes_for_ever_is_stopped(world: World) -> None:
    job = world.jobs.start("slow", {})
    assert world.begun.wait(20)
    world.jobs.cancel(job.id)
    assert world.jobs.wait(job.id, 30).state == CANCELLED
    assert world.ws.engine.run(sql("SELECT 1 AS one"))["one"][0].as_py() == 1


def test_what_the_end_of_the_server_stopped_can_be_run_again(world: World) -> None:
    job = world.jobs.start("wait", {"n": 7})
    waiting = world.jobs.start("wait", {"n": 8})
    assert world.begun.wait(20)
    ending = threading.Thread(target=world.jobs.close)
    ending.start()
    while not world.jobs._ended:
        time.sleep(0.001)
    world.go.set()
    ending.join()
    world.jobs.close()  # twice is once
    fresh = World(world.ws)
    assert {j.id: j.state for j in fresh.jobs.all()} == {job.id: INTERRUPTED, waiting.id: INTERRUPTED}
    fresh.go.set()
    again = fresh.jobs.again(waiting.id)
    assert fresh.jobs.wait(again.id, 20).result == {"n": 8}
    with pytest.raises(RefusedError):
        world.jobs.start("wait", {})
    fresh.jobs.close()


def test_a_job_that_a_kill_left_running_is_interrupted(world: World) -> None:
    job = world.jobs.wait(world.jobs.start("say", {}).id, 20)
    place = world.ws.folder / "jobs" / f"{job.id:08d}.json"
    place.write_text(place.read_text().replace('"state":"done"', '"state":"running"'))
    (world.ws.folder / "jobs" / "00000099.json").write_text("{half")
    fresh = Jobs(world.ws, {}, folder=world.ws.folder / "jobs")
    assert [j.state for j in fresh.all()] == [INTERRUPTED]
