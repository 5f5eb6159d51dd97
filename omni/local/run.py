"""One run of the whole product on one machine: what `manage.py up` does, step by step."""

import contextlib
import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import get_commands
from django.db import connection

from omni import static
from omni.local import children, valkey
from omni.local.addresses import embedded_addresses
from omni.local.embedded import address, say
from omni.local.locks import FileLock
from omni.local.migrated import is_migrated
from omni.local.paths import BASE_DIR, Places, left_behind, make_folders
from omni.local.sharing import Lease
from omni.local.supervisor import Program, Supervisor

READY_SECONDS = 180
TELL_SECONDS = 10
FREE_SECONDS = 30
FORCED_SECONDS = 10
WATCH_SECONDS = 0.2


class CannotRun(RuntimeError):
    """The product cannot run here as asked; the message says what to do."""


class Stopped(Exception):
    """The run was asked to end while it was starting."""


@dataclass
class Run:
    """From the first lock to the last process ended."""

    where: Places
    ledgers: Sequence[str] = ()
    with_demo: bool = True
    _is_stopped: bool = field(default=False, init=False)
    _lines: list[str] = field(default_factory=list, init=False)

    def run(self) -> None:
        """Returns when asked to stop (Ctrl-C, SIGTERM) and everything has ended."""
        make_folders(self.where)
        with self._signals(), self._alone() as lock:
            self._supervisor = Supervisor(inherited=[lock.fileno()])
            lease = Lease(self.where) if settings.IS_DATABASE_EMBEDDED else None
            try:
                if lease:
                    lease.take()
                self._say_servers()
                self._start()
                self._watch(lease)
            except Stopped:
                pass
            finally:
                say("stopping")
                self._supervisor.stop()
                if lease:
                    lease.give_back()
                self._sweep()
                say("stopped")

    def _start(self) -> None:
        self._wait_for_port(settings.HTTP_PORT, "OMNI_HTTP_PORT")
        if settings.IS_VALKEY_EMBEDDED:
            self._launch([self._valkey()])
        self._gather()
        self._migrate()
        if settings.IS_PSP_EMBEDDED and importlib.util.find_spec("omni.local.psp.__main__"):
            self._wait_for_port(settings.PSP_PORT, "OMNI_PSP_PORT")
            self._begin([self._psp()])
        # They get ready while the merchant's data is looked after; the shop opens after it.
        self._begin([self._worker(), self._beat()])
        self._fill()
        self._launch([self._web()])
        self._show_addresses()
        if self._has_demo and not self.ledgers and settings.DEMO_SCALE:
            self._launch([self._demo()])

    def _gather(self) -> None:
        """The files for browsers, where their sources changed since they were gathered."""
        file = settings.STATIC_ROOT / static.STAMP
        stamp = static.stamp_of_sources()
        if file.exists() and file.read_text() == stamp:
            return
        ignored = [f"--ignore={pattern}" for pattern in static.IGNORED]
        self._command("static", "collectstatic", "--noinput", "--clear", "--verbosity=0", *ignored)
        file.write_text(stamp)

    def _migrate(self) -> None:
        """By a command, where there is something to apply; without a connection afterwards."""
        try:
            is_done = is_migrated()
        finally:
            connection.close()
        if not is_done:
            self._command("migrate", "migrate", "--noinput")

    def _fill(self) -> None:
        """The merchant's data: a ledger where one is named, else the demo's (idempotent both)."""
        if self.ledgers:
            self._command("ledger", "load_online_retail", *self.ledgers)
        if self._has_demo:
            extra = ["--logins-only" if self.ledgers else "--found-only"]
            self._lines = self._command("demo", "demo", *extra, is_quiet=True)  # told at the end

    @property
    def _has_demo(self) -> bool:
        return self.with_demo and settings.DEMO and "demo" in get_commands()

    def _watch(self, lease: Lease | None) -> None:
        while not self._is_stopped:
            self._supervisor.watch()
            self._remember()
            if lease:
                lease.revive()
            time.sleep(WATCH_SECONDS)

    # --- programs

    def _valkey(self) -> Program:
        path = self.where.valkey_socket
        return Program("valkey", valkey.command(self.where), lambda: valkey.answers(path))

    def _psp(self) -> Program:
        port = settings.PSP_PORT
        command = [
            *(sys.executable, "-m", "omni.local.psp"),
            *("--port", str(port), "--journal", str(self.where.var / "psp.sqlite3")),
            *("--webhook-url", f"{_local_url()}/api/v1/payments/webhooks/psp"),
        ]
        secrets = {
            "PSP_API_KEY": settings.PSP_API_KEY,
            "PSP_WEBHOOK_SECRET": settings.PSP_WEBHOOK_SECRET,
        }
        return Program("psp", command, lambda: _is_open(port), env=secrets)

    def _web(self) -> Program:
        metrics = self.where.run / "metrics"

        def prepare() -> None:
            shutil.rmtree(metrics, ignore_errors=True)
            metrics.mkdir(mode=0o700)

        return Program(
            "web",
            [sys.executable, "-m", "gunicorn", "-c", "python:omni.gunicorn", "omni.wsgi"],
            _web_is_ready,
            env={"PROMETHEUS_MULTIPROC_DIR": str(metrics)},
            prepare=prepare,
        )

    def _worker(self) -> Program:
        count = os.environ.get("WORKER_PROCESSES", "2")
        quiet = ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
        return self._celery("worker", [*quiet, f"--concurrency={count}"], stop_seconds=30)

    def _beat(self) -> Program:
        pid_file = ["--pidfile=", "--loglevel=WARNING"]
        return self._celery("beat", pid_file, stop_seconds=10)

    def _demo(self) -> Program:
        """Fills the demo merchant while people look at it, and ends. It gives way to all others."""
        manage = str(BASE_DIR / "manage.py")
        command = [sys.executable, manage, "demo", "--fill-only", "--alone"]
        if nice := shutil.which("nice"):
            command = [nice, "-n", "5", *command]
        # Without a broker it wakes nobody after each of its steps: beat does, once a second.
        quiet = {"CELERY_BROKER_URL": "memory://"}
        return Program("demo", command, lambda: True, env=quiet, is_job=True)

    def _celery(self, name: str, options: list[str], stop_seconds: float) -> Program:
        ready = self.where.run / f"{name}.ready"
        return Program(
            name,
            [sys.executable, "-m", "celery", "-A", "omni", name, *options],
            ready.exists,
            env={"OMNI_READY_FILE": str(ready)},
            prepare=lambda: ready.unlink(missing_ok=True),
            stop_seconds=stop_seconds,
        )

    # --- steps

    def _begin(self, programs: Sequence[Program]) -> None:
        for program in programs:
            self._supervisor.start(program)
        self._remember()

    def _launch(self, programs: Sequence[Program]) -> None:
        """Starts them, and waits until all that was started is ready."""
        self._begin(programs)
        began = said = time.monotonic()
        while late := ", ".join(self._supervisor.not_ready()):
            self._pause()
            self._supervisor.watch()
            self._remember()
            now = time.monotonic()
            if now - began > READY_SECONDS:
                raise CannotRun(f"Not ready in {READY_SECONDS} seconds: {late}. See the log above.")
            if now - said > TELL_SECONDS:
                say(f"still waiting for {late}")
                said = now

    def _command(self, name: str, *arguments: str, is_quiet: bool = False) -> list[str]:
        """Runs a management command as a step of the start."""
        command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
        code, lines = self._supervisor.run_once(
            name, command, is_stopped=lambda: self._is_stopped, is_quiet=is_quiet
        )
        if self._is_stopped:
            raise Stopped
        if code:
            raise CannotRun(f"manage.py {arguments[0]} failed with {code}; see the log above.")
        return [line for line in lines if not line.startswith("omni: ")]

    def _pause(self) -> None:
        if self._is_stopped:
            raise Stopped
        time.sleep(0.05)

    def _wait_for_port(self, port: int, setting: str) -> None:
        """A run that was killed a moment ago may still be letting go of it."""
        deadline = time.monotonic() + 10
        while not _is_free(port):
            self._pause()
            if time.monotonic() > deadline:
                raise CannotRun(f"Port {port} is taken by another program; set {setting}.")

    def _say_servers(self) -> None:
        embedded = f"embedded PostgreSQL in {self.where.postgres}"
        database = embedded if settings.IS_DATABASE_EMBEDDED else address(settings.DATABASE_URL)
        here = f"embedded Valkey in {self.where.valkey}"
        ours = embedded_addresses() if settings.IS_VALKEY_EMBEDDED else None
        for label, value in (
            ("database", database),
            *(
                (name, here if ours and url == getattr(ours, name) else address(url))
                for name, url in (
                    ("broker", settings.CELERY_BROKER_URL),
                    ("cache", settings.CACHE_URL),
                )
            ),
            ("payments", settings.PSP_URL + (" (sandbox)" if settings.IS_PSP_EMBEDDED else "")),
        ):
            say(f"{label}: {value}")
        for home, var in left_behind():
            say(f"{home} holds the database of {var}, which is gone: remove it if nobody needs it")

    def _show_addresses(self) -> None:
        base = settings.PUBLIC_URL
        say("everything is ready")
        for label, path, is_there in (
            ("stores", "/console/", True),
            ("back office", "/office/", True),
            ("sample shop", "/shop/", bool(settings.SHOP_CHANNELS) and not self.ledgers),
            ("mailbox", "/mailbox/", settings.EMAIL_URL.startswith("mailbox:")),
            ("API", "/api/docs/", True),
            ("ready", "/readyz", True),
        ):
            if is_there:
                say(f"{label:<12} {base}{path}")
        for line in self._lines:
            say(line)
        say("Ctrl-C stops everything")

    # --- one run at a time

    @contextlib.contextmanager
    def _alone(self) -> Iterator[FileLock]:
        lock = FileLock(self.where.run / "up.lock")
        if not lock.take():
            remains = self._remains()
            _signal(remains, signal.SIGTERM)
            say("waiting for the processes of an earlier run to end")
            if not lock.take(seconds=FREE_SECONDS):
                say("ending by force what is left of it")
                _signal(remains, signal.SIGKILL)
                if not lock.take(seconds=FORCED_SECONDS):
                    raise CannotRun(f"Processes of an earlier run still use {self.where.var}.")
        self._remember()
        try:
            yield lock
        finally:
            self._state_file.unlink(missing_ok=True)
            lock.close()

    def _remains(self) -> list[tuple[int, str]]:
        """What a killed run left behind: process and command. Refuses beside a run that lives."""
        try:
            state = json.loads(self._state_file.read_text())
        except (FileNotFoundError, ValueError):
            return []
        if (
            children.is_alive(state["pid"])
            and children.command_of(state["pid"]) == state["command"]
        ):
            raise CannotRun(
                f"It runs already (process {state['pid']}) on {self.where.var}. "
                "Stop it, or name another folder in OMNI_VAR_DIR and another OMNI_HTTP_PORT."
            )
        return [(process["pid"], process["command"]) for process in state["children"]]

    def _remember(self) -> None:
        supervisor = getattr(self, "_supervisor", None)
        state = {
            "pid": os.getpid(),
            "command": children.command_of(os.getpid()),
            "children": supervisor.processes() if supervisor else [],
        }
        text = json.dumps(state)
        if text != getattr(self, "_remembered", ""):
            fresh = self._state_file.with_suffix(".new")
            fresh.write_text(text)
            fresh.rename(self._state_file)
            self._remembered = text

    @property
    def _state_file(self) -> Path:
        return self.where.run / "up.json"

    def _sweep(self) -> None:
        """Valkey leaves its socket when it is ended by force."""
        if settings.IS_VALKEY_EMBEDDED:
            self.where.valkey_socket.unlink(missing_ok=True)
        for name in ("worker.ready", "beat.ready"):
            (self.where.run / name).unlink(missing_ok=True)
        shutil.rmtree(self.where.run / "metrics", ignore_errors=True)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._is_stopped and number == signal.SIGINT and hasattr(self, "_supervisor"):
            self._supervisor.kill()
        self._is_stopped = True


def _signal(processes: Sequence[tuple[int, str]], number: signal.Signals) -> None:
    """Signals those that still run what they did; by force, each with what it started itself."""
    for pid, command in processes:
        if children.command_of(pid) == command:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if number == signal.SIGKILL else os.kill)(pid, number)


def _local_url() -> str:
    return f"http://127.0.0.1:{settings.HTTP_PORT}"


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _web_is_ready() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", settings.HTTP_PORT, timeout=5)
    try:
        connection.request(
            "GET", "/readyz", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".")}
        )
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
