"""The embedded database as something that processes share: the first brings it, the last ends it.

Each user holds `users.lock` shared, for as long as it lives. A keeper (`omni.local.keeper`), one
per data folder, owns the server process; when it can have `users.lock` for itself, nobody uses the
database any more and it stops the server and itself. A user that is killed lets go of its lock with
its life, so nothing is left behind by anybody.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from omni.local import children
from omni.local.locks import FileLock
from omni.local.paths import BASE_DIR, Places, make_folders
from omni.local.postgres import ServerFailed

START_SECONDS = 90
STOP_SECONDS = 45


class Lease:
    """The right to use the embedded database, from `take` to `give_back`."""

    def __init__(self, where: Places) -> None:
        make_folders(where)
        self._where = where
        self._users = FileLock(where.run / "users.lock")
        self._keeper: subprocess.Popen[bytes] | None = None
        self.started = False

    def take(self) -> None:
        """Returns when the database answers. Raises: ServerFailed."""
        self._users.share()
        deadline = time.monotonic() + START_SECONDS
        attempts = 0
        while not running_keeper(self._where):
            if self._keeper is None or self._keeper.poll() is not None:
                if self._keeper is not None and (self._keeper.returncode or attempts > 5):
                    raise ServerFailed(f"PostgreSQL did not start; {_log_tail(self._where)}")
                self._spawn_keeper()
                attempts += 1
            if time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL did not start in time; {_log_tail(self._where)}")
            time.sleep(0.03)
        self.started = running_keeper(self._where) == (self._keeper and self._keeper.pid)

    def revive(self) -> None:
        """Starts a keeper again where one was killed; does not wait for it."""
        if self._keeper is not None and self._keeper.poll() is None:
            return
        if not running_keeper(self._where):
            self._spawn_keeper()

    def give_back(self) -> None:
        """The last user returns only when the server has stopped."""
        keeper = running_keeper(self._where)
        is_last = self._users.take()
        self._users.close()
        if not is_last:
            return
        deadline = time.monotonic() + STOP_SECONDS
        while keeper and children.is_alive(keeper) and time.monotonic() < deadline:
            time.sleep(0.03)
        if self._keeper is not None:
            self._keeper.wait(max(0.1, deadline - time.monotonic()))

    def _spawn_keeper(self) -> None:
        with (self._where.log / "postgres.log").open("ab") as log:
            self._keeper = children.spawn(
                [sys.executable, "-m", "omni.local.keeper"],
                output=log,
                env=os.environ | {"OMNI_VAR_DIR": str(self._where.var)},
                cwd=BASE_DIR,
                death_signal=None,
            )


def keeper_file(where: Places) -> Path:
    return where.run / "keeper.json"


def running_keeper(where: Places) -> int | None:
    """The process that owns a server which answers, or None."""
    try:
        pid = int(json.loads(keeper_file(where).read_text())["pid"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return pid if children.is_alive(pid) and keeper_holds_lock(where) else None


def keeper_holds_lock(where: Places) -> bool:
    """A pid may have been given to another process; the lock can only be the keeper's."""
    lock = FileLock(where.run / "keeper.lock")
    try:
        return not lock.take()
    finally:
        lock.close()


def _log_tail(where: Places) -> str:
    log = where.log / "postgres.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "the end of its log:\n" + "\n".join(lines[-15:])
