"""Python SDKs run as programs of their own: the newest of this environment, and an older one from a folder beside it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_LIST = Path(__file__).with_name("older.txt")
_PLACE = ROOT / "build" / "older-sdks"


def older() -> Path:
    """The folder of the older SDK, brought once by pip, by its hash. Skips, loudly, where the index cannot be had."""
    _PLACE.mkdir(parents=True, exist_ok=True)
    stamp, wanted = _PLACE / ".brought", _LIST.read_text(encoding="utf-8")
    with (_PLACE / ".turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
            command += ["--require-hashes", "--only-binary", ":all:", "--upgrade", "--target", str(_PLACE / "lib")]
            done = subprocess.run([*command, "-r", str(_LIST)], capture_output=True, text=True, timeout=300)
            if done.returncode:
                pytest.skip(f"NOT TESTED: pip could not bring the older SDK: {done.stderr[-300:]}")
            stamp.write_text(wanted, encoding="utf-8")
    return _PLACE / "lib"


def start(*, lib: Path | None = None, **asked: Any) -> subprocess.Popen[str]:
    """`tests/server/stream.py`, started; it prints one JSON object at its end."""
    path = os.pathsep.join(filter(None, (str(lib or ""), str(ROOT), os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, str(Path(__file__).with_name("stream.py")), json.dumps(asked)]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
