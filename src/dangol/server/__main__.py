"""``python -m dangol.server FOLDER``: a process of its own for one workspace; `dangol up` starts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dangol.app import Workspace
from dangol.schema import DangolError
from dangol.server.run import serve


def main(arguments: list[str]) -> int:
    """Open the workspace and serve it until interrupted. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dangol.server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--lang", default="", choices=("", "ko", "en"))
    asked = parser.parse_args(arguments)
    try:
        with Workspace.open(asked.folder, command="dangol up", lang=asked.lang) as ws:
            host, port = asked.host or ws.settings.host, asked.port or ws.settings.port
            place = f"http://{host}:{port}"
            korean = f"{ws.settings.name} 서비스 중: {place} (Ctrl-C로 끝냄)"
            print(korean if ws.lang == "ko" else f"Serving {ws.settings.name} at {place} (Ctrl-C ends it)", flush=True)
            serve(ws, host=host, port=port)
    except DangolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
