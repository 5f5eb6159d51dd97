"""The product as it runs, started by ``manage.py up`` on a data folder of its own, fsync on.

Experiments reach it as the world does: over HTTP, by signals to its processes, and by reading its
database. The process of the experiment itself has no part in the product.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from omni.local.paths import BASE_DIR, Places, places
from omni.local.postgres import database_url

READY_SECONDS = 240
STOP_SECONDS = 90
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """A web server of the product and the database behind it."""

    port: int
    dsn: str
    environment: Mapping[str, str] = field(repr=False)

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self.port

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A management command beside the running product."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR,
            env=dict(self.environment),
            check=False,
            capture_output=True,
            text=True,
        )

    def shell(self, code: str) -> Any:
        """The JSON that a piece of code prints last."""
        done = self.manage("shell", "--no-imports", "-c", code)
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def query(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Rows of the database, read in a transaction of its own."""
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=10) as connection:
            return connection.execute(statement, values).fetchall()


@dataclass(frozen=True, slots=True)
class Stage(Site):
    """The whole product: its data folder, its log, its provider of payments."""

    folder: Path
    psp_port: int

    @property
    def where(self) -> Places:
        return places(self.folder)

    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def psp_journal(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that the payment provider remembers."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.psp_port}/sandbox/journal",
            headers={"Authorization": f"Bearer {self.environment['PSP_API_KEY']}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            journal: dict[str, list[dict[str, Any]]] = json.load(answer)
            return journal


def environment(folder: Path, port: int, psp_port: int) -> dict[str, str]:
    """Nothing of the caller's settings reaches the product under test."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "OMNI_VAR_DIR": str(folder),
        "OMNI_HTTP_PORT": str(port),
        "OMNI_PSP_PORT": str(psp_port),
        "PSP_API_KEY": "psp_sandbox_demo_key",
        "API_REQUESTS_PER_MINUTE": "0",
        "PYTHONPATH": str(BASE_DIR),
    }


@contextmanager
def running() -> Iterator[Stage]:
    """Start the product, wait until it is ready, and stop it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="omni-lab-"))
    port, psp_port = free_port(), free_port()
    given = environment(folder, port, psp_port)
    dsn = database_url(places(folder).postgres_sockets)
    stage = Stage(port, dsn, given, folder, psp_port)
    with (folder / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo"],
            cwd=BASE_DIR,
            env=given,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(stage, process)
        yield stage
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        postgres = stage.where.postgres
        shutil.rmtree(folder, ignore_errors=True)
        if postgres.parent != folder:  # where another user runs it, see ``omni.local.paths``
            shutil.rmtree(postgres.parent, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(stage.log()[-3000:])
        # `up` says so when worker and beat are ready too.
        if "everything is ready" in stage.log() and stage.is_ready():
            return
        time.sleep(0.2)
    raise RuntimeError("the product did not become ready:\n" + stage.log()[-3000:])
