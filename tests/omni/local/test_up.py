"""`manage.py up` as its user sees it: started, killed in parts, stopped, started again."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STARTED = "everything is ready"


@dataclass
class Up:
    """One `manage.py up` on a data folder of its own."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int
    env: dict[str, str]

    def shown(self) -> str:
        return self.log.read_text(errors="replace")

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{self.port}/readyz"
            return bool(urllib.request.urlopen(url, timeout=2).status == 200)
        return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(90)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def start(folder: Path, environment: dict[str, str]) -> Iterator[Callable[[], Up]]:
    started: list[Up] = []
    ports = {"OMNI_HTTP_PORT": str(_free_port()), "OMNI_PSP_PORT": str(_free_port())}
    env = environment | ports | {"WEB_WORKERS": "1", "WORKER_PROCESSES": "1"}

    def run() -> Up:
        log = folder / f"up-{len(started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo"],
                cwd=ROOT,
                env=env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        up = Up(process, log, int(ports["OMNI_HTTP_PORT"]), env)
        started.append(up)
        return up

    yield run
    for up in started:
        if up.process.poll() is None:
            up.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(condition: Callable[[], bool], up: Up, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, up.shown()[-3000:]
        time.sleep(0.1)


def _ready(up: Up) -> None:
    _wait(lambda: STARTED in up.shown() or up.process.poll() is not None, up)
    assert up.process.poll() is None, up.shown()[-3000:]
    assert up.is_ready()


def _of(folder: Path, *words: str) -> list[int]:
    """Processes that belong to the data folder: by their environment, or by their command."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            all_of_it = command + (entry / "environ").read_bytes()
            mine = os.fsencode(folder) in all_of_it and int(entry.name) != os.getpid()
            if mine and all(os.fsencode(word) in command for word in words):
                found.append(int(entry.name))
    return sorted(found)


def _sockets(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_socket()]


def _children(up: Up, folder: Path) -> dict[str, int]:
    state = json.loads((folder / "var" / "run" / "up.json").read_text())
    names = ("valkey", "omni.local.psp", "gunicorn", "omni worker", "omni beat")
    listed = {n: c["pid"] for c in state["children"] for n in names if n in c["command"]}
    database = (folder / "var" / "postgres" / "data" / "postmaster.pid").read_text()
    return listed | {
        "postgres": int(database.splitlines()[0]),
        "keeper": _of(folder, "omni.local.keeper")[0],
    }


@pytest.mark.xdist_group("up")
def test_up_recovers_from_the_death_of_each_part_and_leaves_nothing(
    start: Callable[[], Up], folder: Path
) -> None:
    up = start()
    _ready(up)
    before = _children(up, folder)

    for name, pid in before.items():
        os.kill(pid, signal.SIGKILL)

        def is_replaced(name: str = name, pid: int = pid) -> bool:
            with contextlib.suppress(OSError, IndexError, KeyError, ValueError):
                return _children(up, folder)[name] != pid and up.is_ready()
            return False

        _wait(is_replaced, up, seconds=40)
    code = up.stop()

    assert len(before) >= 6
    assert code == 0
    assert _of(folder) == []
    assert _sockets(folder) == []


@pytest.mark.xdist_group("up")
def test_up_finds_its_data_and_shares_its_database(start: Callable[[], Up], folder: Path) -> None:
    up = start()
    _ready(up)
    make = "from django.db import connection as c; c.cursor().execute('CREATE TABLE kept (n int)')"
    made = up.command("shell", "-v", "0", "-c", make)
    second = up.command("up")
    up.process.kill()
    up.process.wait()

    again = start()
    _ready(again)
    look = "from django.db import connection as c; print('kept' in c.introspection.table_names())"
    seen = again.command("shell", "-v", "0", "-c", look)
    code = again.stop(signal.SIGINT)

    assert made.returncode == 0, made.stderr
    assert "shared with what runs already" in made.stderr
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert seen.stdout.strip() == "True"
    assert code == 0
    assert _of(folder) == []
    assert _sockets(folder) == []


@pytest.mark.prove
@pytest.mark.xdist_group("up")
def test_up_ends_by_force_what_a_killed_run_left_and_does_not_end(
    start: Callable[[], Up], folder: Path
) -> None:
    up = start()
    _ready(up)
    stuck = _children(up, folder)["omni worker"]
    os.kill(stuck, signal.SIGSTOP)
    up.process.kill()
    up.process.wait()

    again = start()
    _ready(again)
    code = again.stop()

    assert "by force" in again.shown()
    assert code == 0
    assert _of(folder) == []


@pytest.mark.xdist_group("up")
def test_up_says_which_port_is_taken(start: Callable[[], Up], folder: Path) -> None:
    with socket.socket() as other:
        up = start()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", up.port))
        other.listen()

        code = up.process.wait(90)

    assert code == 1
    assert "OMNI_HTTP_PORT" in up.shown()
    assert _of(folder) == []
    assert _sockets(folder) == []
