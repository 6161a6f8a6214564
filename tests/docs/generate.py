"""Pages that are written from the code: `make docs` writes them, test_generated.py compares them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import typer

from dangol.app.settings import Settings
from dangol.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]


def tables() -> str:
    """docs/tables.md: what `dangol sql` can rely on."""
    lines = [
        "# Tables",
        "",
        "What `dangol sql` can rely on. Times are UTC, in `--json` with a Z; other printed tables are on the shop's clock. Written from `schema/tables.py` by `make docs`.",
        "",
    ]
    lines += [
        "## customers",
        "",
        "One row a customer, one column a trait: `customer_id`, `first_seen`, `last_seen`, `identifiers`, then every trait",
        "of [traits.md](traits.md) and of the shop's own definitions. Units are in `dangol traits`.",
        "",
    ]
    for table in TABLES.values():
        if not table.public:
            continue
        lines += [f"## {table.name}", "", table.help, "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{c.name}` | {c.type} | {c.help} |" for c in table.columns]
        lines.append("")
    return "\n".join(lines)


def settings() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings · 설정",
        "",
        "In `dangol.yaml` of the workspace, or in the environment as `DANGOL_…`. What does not open the network, move data or hold a secret is changed in the console while the shop runs, and by `dangol settings set NAME=VALUE` while it does not (both noted in the audit log). Written from `app/settings.py` by `make docs`.",
        "",
    ]
    lines += ["| setting | default | meaning | 뜻 |", "|---|---|---|---|"]
    blank = Settings()
    for f in fields(Settings):
        default = json.dumps(getattr(blank, f.name), ensure_ascii=False)
        bounds = " ({:,}–{:,})".format(*f.metadata["bounds"]) if f.metadata["bounds"] else ""
        lines.append(f"| `{f.name}` | `{default}` | {f.metadata['en']}{bounds} | {f.metadata['ko']}{bounds} |")
    return "\n".join([*lines, ""])


def cli(lang: str) -> str:
    """docs/cli.md or docs/cli.ko.md, made in a process of its own since the language is fixed when commands are built."""
    code = "from tests.docs.generate import _cli; print(_cli(), end='')"
    done = subprocess.run(
        [sys.executable, "-c", code, "--lang", lang], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def _cli() -> str:
    from typer.main import get_command

    from dangol.cli import app
    from dangol.cli.words import say

    lines = [
        say("# Command line", "# 명령줄"),
        "",
        say("Written from the code by `make docs`.", "코드에서 `make docs`로 만듭니다."),
        "",
    ]
    root = get_command(app)
    context = typer.Context(root, info_name="dangol")
    _walk(root, context, lines)
    return "\n".join(lines) + "\n"


def _walk(command: object, context: typer.Context, lines: list[str]) -> None:
    params = [p for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]  # type: ignore[attr-defined]
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])  # type: ignore[attr-defined]
    lines += [f"## `{usage}`", "", command.help or "", ""]  # type: ignore[attr-defined]
    for p in params:
        if p.name in ("install_completion", "show_completion"):
            continue
        names = (
            ", ".join(f"`{o}`" for o in p.opts) if p.param_type_name == "option" else f"`{p.metavar or p.name.upper()}`"
        )
        lines.append(f"- {names}: {getattr(p, 'help', '') or ''}")
    lines.append("")
    for name, child in getattr(command, "commands", {}).items():
        _walk(child, typer.Context(child, info_name=name, parent=context), lines)


def openapi() -> str:
    """api/openapi.json."""
    from dangol.server.api import create

    return json.dumps(create(None).openapi(), indent=2, ensure_ascii=False) + "\n"  # type: ignore[arg-type]


PAGES = {
    "docs/tables.md": tables,
    "docs/settings.md": settings,
    "docs/cli.md": lambda: cli("en"),
    "docs/cli.ko.md": lambda: cli("ko"),
    "api/openapi.json": openapi,
}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (ROOT / name).write_text(make(), encoding="utf-8")
        print(name)
