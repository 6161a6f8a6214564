"""Runs several commands in one process, in one language: the language is fixed when the commands are built.

``python -m tests.cli.run --lang ko`` reads a JSON list of argument lists and writes one of {code, out, err}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


def commands(lang: str, *lines: list[str], columns: int = 80, folder: Path = ROOT) -> list[Said]:
    """Run command lines one after another. Width and language are set, whatever this terminal has."""
    environment = {
        **os.environ,
        "COLUMNS": str(columns),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        "PYTHONUTF8": "1",
    }
    environment.pop("DANGOL_LANGUAGE", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.run", "--lang", lang],
        input=json.dumps(lines), capture_output=True, text=True, check=False, timeout=300, cwd=folder, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [Said(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def _main() -> None:
    lines = json.loads(sys.stdin.read())
    from typer.testing import CliRunner

    from dangol.cli import app

    runner, said = CliRunner(), []
    for line in lines:
        done = runner.invoke(app, line)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        said.append({"code": done.exit_code, "out": done.stdout, "err": done.stderr})
    sys.__stdout__.write("\n" + json.dumps(said) + "\n")  # type: ignore[union-attr]


if __name__ == "__main__":
    _main()
