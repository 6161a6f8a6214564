"""``python -m dangol.server FOLDER``: a process of its own for one workspace; `dangol up` starts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dangol.app import Workspace
from dangol.app.access import is_new
from dangol.app.signing import link_address, make_link
from dangol.schema import DangolError
from dangol.server.local import authority
from dangol.server.run import serve


def main(arguments: list[str]) -> int:
    """Open the workspace and serve it until interrupted. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dangol.server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--lang", default="", choices=("", "ko", "en"))
    asked = parser.parse_args(arguments)
    try:
        with Workspace.open(asked.folder, command="dangol up", lang=asked.lang) as ws:
            host, port = asked.host or ws.settings.host, asked.port or ws.settings.port
            place = f"http://{authority(host, port)}"
            korean = f"{ws.settings.name} 서비스 중: {place} (Ctrl-C로 끝냄)"
            print(korean if ws.lang == "ko" else f"Serving {ws.settings.name} at {place} (Ctrl-C ends it)", flush=True)
            _say_who(ws, f"http://localhost:{port}", asked.open)
            serve(ws, host=host, port=port, open_here=asked.open)
    except DangolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _say_who(ws: Workspace, place: str, open_here: bool) -> None:
    """How to get in: loudly where anybody may, by a one-time link where nobody owns the workspace yet."""
    if open_here:
        loud = ws.say(
            "OPEN: everybody and every program on this computer is the owner. Leave --open out to ask for accounts.",
            "열림: 이 컴퓨터의 모든 사람과 프로그램이 소유자로 들어옵니다. 계정을 쓰려면 --open을 빼세요.",
        )
        print(f"\n  !! {loud}\n", flush=True)
    elif is_new(ws):
        token, _ = make_link(ws, "owner")
        said = ws.say(
            "Make your account (this link works once, for a day):",
            "계정을 만드세요(한 번만, 하루 동안 쓸 수 있는 링크):",
        )
        print(f"\n  {said}\n  {link_address(place, token)}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
