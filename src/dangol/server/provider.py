"""Away to the provider of sign-in and back again. The session's cookie is for requests of our own pages only, so the way
back ends on a page of ours that goes on by itself."""

from __future__ import annotations

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dangol.app import Workspace, access
from dangol.app.provider import MINUTES, Provider, StrangerError
from dangol.schema import DangolError, NotFoundError, Text
from dangol.server.access import anybody
from dangol.server.signing import Keeper

BACK = "/v1/sign-in/provider/back"

_ON = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={to}">'
    '<title>dangol</title><a href="{to}">dangol</a>'
)


def add_provider(app: FastAPI, workspace: Workspace, keeper: Keeper) -> None:
    """The two routes."""
    provider: list[tuple[str, Provider]] = []

    def here() -> Provider:
        issuer = workspace.settings.oidc_issuer
        if not issuer:
            raise NotFoundError(Text("no provider of sign-in is set", "로그인 제공자가 정해져 있지 않습니다"))
        if not provider or provider[0][0] != issuer:
            provider[:] = [(issuer, Provider(workspace))]
        return provider[0][1]

    @app.get(
        "/v1/sign-in/provider",
        summary="Sign in by OpenID Connect",
        dependencies=[anybody()],
        response_class=RedirectResponse,
        status_code=303,
    )
    def leave(request: Request) -> Response:
        provided = here()
        try:
            leaving = provided.leave(f"{request.url.scheme}://{request.headers['host']}{BACK}")
        except DangolError:
            return RedirectResponse("/sign-in?refused=failed", status_code=303)
        answer = RedirectResponse(leaving.address, status_code=303)
        secure = request.url.scheme == "https"
        how = {"max_age": MINUTES * 60, "path": BACK, "secure": secure, "httponly": True}
        answer.set_cookie(_cookie(workspace), leaving.kept, samesite="lax", **how)  # type: ignore[arg-type]
        return answer

    @app.get(BACK, summary="Back from the provider", dependencies=[anybody()], response_class=HTMLResponse)
    def back(
        request: Request, state: str = Query("", max_length=200), code: str = Query("", max_length=4000)
    ) -> HTMLResponse:
        try:
            person = here().come_back(request.cookies.get(_cookie(workspace), ""), state, code)
        except StrangerError as error:
            return _on(workspace, f"/sign-in?refused={error.why}")
        except DangolError:
            return _on(workspace, "/sign-in?refused=failed")
        token = access.begin(workspace, person, device=access.device_words(request.headers.get("user-agent", "")))
        answer = _on(workspace, "/")
        keeper.give(request, answer, token)
        return answer


def _on(workspace: Workspace, to: str) -> HTMLResponse:
    answer = HTMLResponse(_ON.format(to=to))
    answer.delete_cookie(_cookie(workspace), path=BACK)
    return answer


def _cookie(workspace: Workspace) -> str:
    return f"{workspace.staff.cookie}_way"
