"""The product as it runs: started by ``manage.py up`` on a data folder of its own, fsync on."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 180
PROVIDER_ABOVE = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the running product is, and its data."""

    host: str
    port: int
    folder: Path

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port

    def manage(self, *arguments: str) -> str:
        """The standard output of a management command beside the running product."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment(self.folder, self.port),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout


def environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "OMNI_VAR_DIR": str(folder),
        "OMNI_HTTP_PORT": str(port),
        "API_REQUESTS_PER_MINUTE": "0",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running() -> Iterator[Stage]:
    """Start the product, wait until it is ready, and stop it in the end; nothing is left of it."""
    folder, port = Path(tempfile.mkdtemp(prefix="omni-bench-")), _free_port()
    # Whoever runs PostgreSQL may pass through, so that its data lies below and goes with the rest.
    folder.chmod(0o711)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--no-demo"],
        cwd=ROOT,
        env=environment(folder, port),
        stdout=(folder / "up.log").open("w"),
        stderr=subprocess.STDOUT,
    )
    stage = Stage("127.0.0.1", port, folder)
    try:
        _wait(stage, process)
        yield stage
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    """A port that is free, with the one ten above it, which the payment provider takes."""
    while True:
        with socket.socket() as web, socket.socket() as provider:
            web.bind(("127.0.0.1", 0))
            port: int = web.getsockname()[1]
            try:
                provider.bind(("127.0.0.1", port + PROVIDER_ABOVE))
            except (OSError, OverflowError):
                continue
            return port


def _wait(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError((stage.folder / "up.log").read_text()[-3000:])
        try:
            with urllib.request.urlopen(f"http://{stage.host}:{stage.port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the product did not become ready")
