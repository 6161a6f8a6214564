"""A test client that has signed in, as whatever role a test wants."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from dangol.app import Role, Workspace
from dangol.app.access import begin, computer_pass
from dangol.app.signing import join
from dangol.privacy import Colleague
from dangol.server import create

HERE = "http://127.0.0.1:8700"
CONSOLE = {"x-dangol": "console"}


def person(ws: Workspace, role: Role | str = Role.OWNER, email: str = "") -> int:
    """Somebody with this role; made when there is nobody of that address yet."""
    email = email or f"{Role(role).value}@team.example"
    known = ws.store.people.at(ws.staff.address(email))
    return known.id if known else join(ws, Colleague(email, f"{Role(role).value} Kim"), Role(role))


def signed(ws: Workspace, role: Role | str = Role.OWNER, **client: Any) -> TestClient:
    """A client of a new application over `ws`, signed in with this role."""
    token = begin(ws, person(ws, role), device="test")
    made = TestClient(create(ws), base_url=HERE, headers=CONSOLE, **client)
    made.cookies.set(ws.staff.cookie, token, domain="127.0.0.1")
    return made


def nobody(ws: Workspace, **client: Any) -> TestClient:
    """A client that nobody knows."""
    return TestClient(create(ws), base_url=HERE, headers=CONSOLE, **client)


def bearer(ws: Workspace, role: Role | str = Role.OWNER) -> dict[str, str]:
    """The header of a program of this computer, for clients that are not `signed`'s."""
    return {"authorization": f"Bearer {computer_pass(ws, Role(role))}"}
