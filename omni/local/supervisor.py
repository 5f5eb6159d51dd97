"""Runs the programs of one installation side by side, one log for all, nothing left at the end.

A program that dies is started again, at once at first and more slowly each time it dies young. All
inherit the lock of the run: while any of them lives, no second run can touch the same data.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from omni.local import children
from omni.local.paths import BASE_DIR

FIRST_BACKOFF = 0.1
LONGEST_BACKOFF = 5.0
YOUNG_SECONDS = 10.0
MOST_TRIES_OF_A_JOB = 5


@dataclass(frozen=True)
class Program:
    """What to start, how to know that it is ready, and how long it may take to end.

    A job has an end: once it ends well, or badly too often, it is not started again.
    """

    name: str
    command: Sequence[str | Path]
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None
    stop_seconds: float = 15.0
    is_quiet: bool = False
    is_job: bool = False


@dataclass
class Running:
    """A program and its present process."""

    program: Program
    child: subprocess.Popen[bytes]
    started_at: float
    backoff: float = FIRST_BACKOFF
    restart_at: float | None = None
    failures: int = 0

    @property
    def is_done(self) -> bool:
        """Whether it is a job that ended well, or was tried often enough."""
        ended = self.child.poll() == 0 or self.failures >= MOST_TRIES_OF_A_JOB
        return self.program.is_job and ended


class Supervisor:
    """Starts, watches and ends programs. To be used from the main thread."""

    def __init__(self, *, inherited: Sequence[int] = ()) -> None:
        self._running: list[Running] = []
        self._inherited = tuple(inherited)
        self._writing = threading.Lock()

    def start(self, program: Program) -> None:
        self._running.append(Running(program, self._spawn(program), time.monotonic()))

    def run_once(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        is_stopped: Callable[[], bool],
        is_quiet: bool = False,
    ) -> tuple[int, list[str]]:
        """Runs a command to its end (or until stopped): its exit code and what it printed.

        What a quiet one prints is in the log only if it fails: the caller tells it.
        """
        lines: list[str] = []
        program = Program(name, command, lambda: True, is_quiet=is_quiet)
        child = self._spawn(program, kept=lines)
        while child.poll() is None:
            if is_stopped():
                children.stop(child, first=signal.SIGTERM, seconds=5)
                break
            time.sleep(0.05)
        for thread in threading.enumerate():
            if thread.name == f"log-{child.pid}":
                thread.join(5)
        if is_quiet and child.returncode:
            for line in lines:
                self.write(name, line)
        return child.returncode, lines

    def watch(self) -> None:
        """Starts again whatever died; to be called often."""
        now = time.monotonic()
        for running in self._running:
            if running.restart_at is not None:
                if now >= running.restart_at:
                    self._restart(running, now)
            elif running.child.poll() is not None and not running.is_done:
                self._plan_restart(running, now)

    def not_ready(self) -> list[str]:
        return [r.program.name for r in self._running if not r.program.is_ready()]

    def processes(self) -> list[dict[str, object]]:
        """What a later run needs to know to end what this one could not."""
        return [
            {"pid": r.child.pid, "command": " ".join(str(part) for part in r.program.command)}
            for r in self._running
        ]

    def stop(self) -> None:
        """Ends all, the last started first; by force what does not end in time."""
        for running in reversed(self._running):
            children.stop(running.child, first=signal.SIGTERM, seconds=running.program.stop_seconds)
        self._running.clear()

    def kill(self) -> None:
        for running in self._running:
            children.kill_group(running.child)

    def write(self, name: str, line: str) -> None:
        """One line of the log. A reader that went away must not stop the programs."""
        with self._writing, contextlib.suppress(OSError, ValueError):
            sys.stdout.write(f"{name:<8} | {line}\n")
            sys.stdout.flush()

    def _plan_restart(self, running: Running, now: float) -> None:
        children.kill_group(running.child)
        is_young = now - running.started_at < YOUNG_SECONDS
        running.backoff = min(running.backoff * 2, LONGEST_BACKOFF) if is_young else FIRST_BACKOFF
        running.restart_at = now + running.backoff
        code = running.child.returncode
        running.failures += 1
        if running.is_done:
            running.restart_at = None
            self.write(running.program.name, f"ended with {code}; not started again")
            return
        self.write(running.program.name, f"ended with {code}; started again")

    def _restart(self, running: Running, now: float) -> None:
        running.child = self._spawn(running.program)
        running.started_at, running.restart_at = now, None

    def _spawn(self, program: Program, kept: list[str] | None = None) -> subprocess.Popen[bytes]:
        if program.prepare:
            program.prepare()
        child = children.spawn(
            program.command,
            output=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.env},
            cwd=BASE_DIR,
            inherited=self._inherited,
        )
        if child.stdout:
            threading.Thread(
                target=self._copy,
                args=(program, child.stdout, kept),
                name=f"log-{child.pid}",
                daemon=True,
            ).start()
        return child

    def _copy(self, program: Program, stream: IO[bytes], kept: list[str] | None) -> None:
        for raw in stream:
            line = raw.decode(errors="replace").rstrip()
            if not program.is_quiet:
                self.write(program.name, line)
            if kept is not None:
                kept.append(line)
