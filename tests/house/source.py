"""What the house tests look at: the source tree, parsed once."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "dangol"
ENTRANCES = ("server", "worker", "cli", "bench", "app")


@cache
def modules() -> dict[str, ast.Module]:
    """Path relative to the package → its tree."""
    return {f.relative_to(SRC).as_posix(): ast.parse(f.read_text(encoding="utf-8")) for f in sorted(SRC.rglob("*.py"))}


def room(name: str) -> str:
    """The room a module (by relative path) belongs to."""
    return name.split("/")[0].removesuffix(".py")


@cache
def committed() -> tuple[Path, ...]:
    """Files under version control; the whole tree where there is no git."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return tuple(ROOT / name for name in found.stdout.split("\0") if name and (ROOT / name).is_file())
    return tuple(
        f for f in ROOT.rglob("*") if f.is_file() and not any(p.startswith(".") for p in f.relative_to(ROOT).parts)
    )
