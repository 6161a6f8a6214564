"""``python -m dangol.server.empty``: the same server, whose handler only parses the JSON; `dangol bench` compares with it."""

from __future__ import annotations

import argparse
import sys

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from dangol.server.handing import options

_HEAD = {"type": "http.response.start", "status": 200,
         "headers": [(b"content-type", b"application/json"), (b"content-length", b"16")]}  # fmt: skip
_BODY = {"type": "http.response.body", "body": b'{"success":true}'}


async def empty(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a body as JSON, keeps nothing, says that all is well."""
    message = await receive()
    body = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    if body:
        orjson.loads(body)
    await send(_HEAD)
    await send(_BODY)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m dangol.server.empty")
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(empty, **options("127.0.0.1", parser.parse_args(arguments).port), lifespan="off")


if __name__ == "__main__":
    main(sys.argv[1:])
