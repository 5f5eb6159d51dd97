"""Finds the processes of a running product, and strikes them with signals.

Only what the product's own files name, and their children, is ever struck.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omni.lab.stage import Stage

FIND_SECONDS = 60.0

# The words by which `up` started each program.
WORDS = {
    "web": "gunicorn",
    "worker": "omni worker",
    "valkey": "valkey",
    "psp": "omni.local.psp",
}
TARGETS = ("web", "worker", "valkey", "postgres", "psp")


def find(
    stage: Stage, target: str, dice: random.Random, *, is_exact: bool = True
) -> tuple[int, str]:
    """The process of a part, or (not exact) any that belongs to it, and what it is.

    One that is starting again just now is waited for.
    """
    until = time.monotonic() + FIND_SECONDS
    while True:
        with contextlib.suppress(LookupError, OSError, ValueError):
            choices = _postgres(stage) if target == "postgres" else _program(stage, target)
            return choices[0] if is_exact else dice.choice(choices)
        if time.monotonic() > until:
            raise RuntimeError(f"no process of {target}")
        time.sleep(0.05)


@contextmanager
def frozen(stage: Stage, target: str) -> Iterator[None]:
    """The part exists and answers nothing, as on a machine that hangs."""
    pid = _started(stage, target)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def kept_down(stage: Stage, target: str) -> Iterator[None]:
    """The part is killed, and killed again whenever it is started again."""
    stop = threading.Event()

    def keep_down() -> None:
        while not stop.is_set():
            with contextlib.suppress(LookupError, OSError, ValueError):
                os.kill(_started(stage, target), signal.SIGKILL)
            stop.wait(0.02)

    thread = threading.Thread(target=keep_down, name="keeps-down", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _program(stage: Stage, target: str) -> list[tuple[int, str]]:
    """Processes of a program that `up` started, first the one that is meant by its name."""
    pid = _started(stage, target)
    children = [child for child, _title in _children(pid)]
    if target == "web":
        return [*((child, "a web worker") for child in children), (pid, "the web server")]
    if target == "worker":
        return [(pid, target), *((child, "a process of the worker") for child in children[:1])]
    return [(pid, target)]


def _postgres(stage: Stage) -> list[tuple[int, str]]:
    """The server; one of its sessions, after which it restarts all others; who keeps it running."""
    postmaster = int((stage.where.postgres / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, 0)
    sessions = [pid for pid, title in _children(postmaster) if "omni omni [local]" in title]
    keeper = json.loads((stage.where.run / "keeper.json").read_text())["pid"]
    return [
        (postmaster, "PostgreSQL"),
        *((pid, "a session of PostgreSQL") for pid in sessions[:1]),
        (keeper, "the keeper of PostgreSQL"),
    ]


def _started(stage: Stage, target: str) -> int:
    """What `up` started last under this name. Raises: LookupError."""
    state = json.loads((stage.where.run / "up.json").read_text())
    found = [each["pid"] for each in state["children"] if WORDS[target] in each["command"]]
    if not found:
        raise LookupError(target)
    pid: int = found[0]
    os.kill(pid, 0)
    return pid


def _children(parent: int) -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(status[1]) == parent and status[0] != "Z":
                title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append((int(folder.name), title))
    return found
