"""A wheel built here has the console in it, so that a `pip install` needs no Node."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "src" / "dangol" / "server" / "console"


@pytest.mark.slow
def test_a_wheel_has_the_console(tmp_path: Path) -> None:
    """Over a copy, with a console of two files: what is built here at the moment is not what is asked."""
    copy = tmp_path / "checkout"
    leave = shutil.ignore_patterns("__pycache__", "console", "*.egg-info")
    shutil.copytree(ROOT / "src", copy / "src", ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    built = copy / BUILT.relative_to(ROOT)
    (built / "assets").mkdir(parents=True)
    for name in ("index.html", "icon.svg", "assets/index-abc.js", "assets/index-abc.css"):
        (built / name).write_text("x", encoding="utf-8")
    call = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
        str(copy),
    ]
    subprocess.run(call, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("dangol/server/console/")}
    assert {
        f"dangol/server/console/{name}"
        for name in ("index.html", "icon.svg", "assets/index-abc.js", "assets/index-abc.css")
    } == inside


def test_what_is_built_is_not_committed() -> None:
    listed = subprocess.run(["git", "ls-files", str(BUILT)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.stdout == ""
