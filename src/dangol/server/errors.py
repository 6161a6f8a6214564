"""Every error over HTTP in one shape, in the reader's language: {code, message, where?, hint?}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from dangol.schema import DangolError, Text, TooOftenError
from dangol.server.reply import Plain, spoken

STATUS = {
    "not_found": 404,
    "ambiguous": 409,
    "conflict": 409,
    "refused": 403,
    "busy": 423,
    "definition": 422,
    "file": 422,
    "sign_in": 401,
    "too_often": 429,
}

_FAILED = Text("dangol failed", "dangol에 오류가 났습니다")
_SEE_OUTPUT = Text("the server's own output says where", "서버가 출력한 내용에서 원인을 확인하세요")
_CODES = {
    404: ("not_found", Text("there is nothing under this address", "이 주소에는 아무것도 없습니다")),
    413: ("too_large", Text("the request is too large", "요청이 너무 큽니다")),
    405: ("method_not_allowed", Text("this address cannot be used that way", "이 주소는 그렇게 쓸 수 없습니다")),
}


def answered(request: Request, error: DangolError) -> Plain:
    """An error as it leaves the server."""
    headers = {"retry-after": str(error.wait)} if isinstance(error, TooOftenError) else None
    return Plain(error.as_dict(spoken(request)), status_code=STATUS.get(error.code, 400), headers=headers)


def speak_plainly(app: FastAPI) -> None:
    """Answer every error of `app` in the one shape; what failed inside is not told."""

    @app.exception_handler(DangolError)
    def known(request: Request, error: DangolError) -> Plain:
        return answered(request, error)

    @app.exception_handler(Exception)
    def unknown(request: Request, error: Exception) -> Plain:
        lang = spoken(request)
        said = {"code": "internal", "message": _FAILED.say(lang), "hint": _SEE_OUTPUT.say(lang)}
        return Plain(said, status_code=500)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Plain:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        said = _unfit(first).say(spoken(request))
        return Plain({"code": "invalid", "message": said, "where": where}, status_code=422)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Plain:
        code, said = _CODES.get(error.status_code, ("http", Text(str(error.detail), "요청을 처리할 수 없습니다")))
        body = {"code": code, "message": said.say(spoken(request))}
        return Plain(body, status_code=error.status_code, headers=error.headers)


def _unfit(error: Mapping[str, Any]) -> Text:
    """A parameter that does not fit, by pydantic's type of error."""
    limits = error.get("ctx", {})
    korean = {
        "missing": "꼭 필요한 값입니다",
        "int_parsing": "정수여야 합니다",
        "greater_than_equal": f"{limits.get('ge')} 이상이어야 합니다",
        "less_than_equal": f"{limits.get('le')} 이하여야 합니다",
    }
    return Text(str(error["msg"]), korean.get(str(error["type"]), "값이 맞지 않습니다"))
