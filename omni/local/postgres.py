"""One embedded PostgreSQL server: made, started and stopped by whoever owns a `Cluster`.

Decided here: it listens on a Unix socket only, in a folder of mode 0700, and trusts whoever can
open it (demo, development and tests; production names its server in DATABASE_URL). Its locale is
ours and not the shell's. Every database is made from our template.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from omni.local import children
from omni.local.account import Account
from omni.local.binaries import chosen_major, postgres_binaries

SUPERUSER = "omni"
TEMPLATE = "omni_template"
DATABASE = "omni"
PORT = 5432
SMALL_SHARED_MEMORY = 256 * 1024 * 1024

# 18 has full Unicode case mapping built in, 17 its simple form; 16 has neither and asks the C
# library for the same order by code point.
TEMPLATE_LOCALE = {
    18: "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LC_COLLATE 'C' LC_CTYPE 'C'",
    17: "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'",
    16: "LOCALE_PROVIDER libc LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
}

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
NOT_DURABLE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


class ServerFailed(RuntimeError):
    """PostgreSQL did not start; the message holds the end of its log."""


@dataclass
class Cluster:
    """A data folder and the server process on it. Only one owner at a time may start it."""

    home: Path
    sockets: Path
    account: Account
    log: Path
    durable: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        return database_url(self.sockets)

    @property
    def major(self) -> int:
        return chosen_major(self.data)

    def start(self, *, seconds: float = 60) -> None:
        """Starts the server and waits until it answers; makes the data folder at first."""
        deadline = time.monotonic() + seconds
        bin_folder = postgres_binaries(self.major, account=self.account, copies=self.home)
        if not (self.data / "PG_VERSION").exists():
            self._make_data(bin_folder)
        self._clear_remains(deadline)
        while not self._try_start(bin_folder, deadline):
            # Backends of a killed server hold its shared memory for some moments.
            if time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL did not start:\n{self._log_tail()}")
            time.sleep(0.25)

    def stop(self, *, seconds: float = 30) -> None:
        """Fast shutdown: sessions end, everything committed is on disk."""
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                if self.process.poll() is None:
                    self.process.send_signal(signal.SIGINT)
                self.process.wait(seconds)
            # Backends have sessions of their own: the immediate shutdown reaches them, a kill not.
            children.stop(self.process, first=signal.SIGQUIT, seconds=5)
        self.process = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def make_databases(self) -> None:
        """Makes our template and the database of the product, where they are missing."""
        make_template(database_url(self.sockets, "postgres"), self.major)
        make_database(database_url(self.sockets, "postgres"), DATABASE)

    def _make_data(self, bin_folder: Path) -> None:
        """Runs initdb beside the data folder and renames: a killed initdb leaves nothing half."""
        fresh = self.home / ".new"
        shutil.rmtree(fresh, ignore_errors=True)
        locale = ["--locale=C.UTF-8"] if self.major == 16 else ["--no-locale"]
        sync = [] if self.durable else ["--no-sync"]
        done = subprocess.run(
            [
                str(bin_folder / "initdb"),
                f"--pgdata={fresh}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                *locale,
                *sync,
            ],
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self.account.popen_arguments(),  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise ServerFailed(f"initdb failed:\n{done.stdout}{done.stderr}")
        fresh.rename(self.data)

    def _try_start(self, bin_folder: Path, deadline: float) -> bool:
        with self._open_log() as log:
            self.process = children.spawn(
                [bin_folder / "postgres", "-D", self.data, *self._options()],
                output=log,
                env=_environment(),
                account=self.account,
                death_signal=signal.SIGINT,
            )
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            if self._says_ready():
                return True
            time.sleep(0.02)
        self.stop(seconds=5)
        return False

    def _options(self) -> list[str]:
        settings = dict(SETTINGS) | {"unix_socket_directories": str(self.sockets)}
        if not self.durable:
            settings |= NOT_DURABLE
        if _shared_memory_is_small():
            settings["dynamic_shared_memory_type"] = "mmap"
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _says_ready(self) -> bool:
        """postmaster.pid: line 1 is the process, line 8 the state (as pg_ctl reads it)."""
        lines = self._pid_file()
        return (
            self.process is not None
            and len(lines) > 7
            and lines[0].strip() == str(self.process.pid)
            and lines[7].strip() == "ready"
        )

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _clear_remains(self, deadline: float) -> None:
        """Ends a server whose owner died, and drops a pid file that names a foreign process."""
        lines = self._pid_file()
        if not lines or not lines[0].strip().isdigit():
            return
        pid = int(lines[0])
        if not children.is_alive(pid):
            return
        if not _is_postgres_on(pid, self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        while children.is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.1)

    def _open_log(self) -> IO[bytes]:
        return self.log.open("ab")

    def _log_tail(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        return ""


def database_url(sockets: Path, name: str = DATABASE) -> str:
    return f"postgresql://{SUPERUSER}@/{name}?host={quote(str(sockets))}&port={PORT}"


def make_template(url: str, major: int) -> None:
    """Makes the template that every database of ours is made from. Safe to repeat, and at once."""
    statement = sql.SQL(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' " + TEMPLATE_LOCALE[major]
    )
    _create(url, TEMPLATE, statement.format(sql.Identifier(TEMPLATE)))


def make_database(url: str, name: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _create(url, name, statement.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))


def _create(url: str, name: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone():
            return
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(statement)


def _environment() -> dict[str, str]:
    """Nothing of the caller's locale or PG* settings reaches the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _shared_memory_is_small() -> bool:
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return False
    return found.f_frsize * found.f_blocks < SMALL_SHARED_MEMORY


def _is_postgres_on(pid: int, data: Path) -> bool:
    command = children.command_of(pid)
    return "postgres" in command and str(data) in command
