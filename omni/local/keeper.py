"""Owns the embedded PostgreSQL of one data folder; started by `omni.local.sharing`.

It restarts a server that died, and stops it when no process uses it any more. Should the keeper
itself be killed, the kernel tells the server to shut down, and the next user brings a new keeper,
which waits until the old backends have let go of the data. Why so: docs/adr/0003.
"""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from omni.local.locks import FileLock
from omni.local.paths import Places, make_folders, places
from omni.local.postgres import Cluster, ServerFailed
from omni.local.sharing import keeper_file

POLL_SECONDS = 0.1
LONGEST_BACKOFF = 5.0
LARGE_LOG = 20_000_000


class Keeper:
    """One server, from the first user to the last."""

    def __init__(self, where: Places) -> None:
        self._where = where
        self._is_asked_to_stop = False
        self._users = FileLock(where.run / "users.lock")
        self._cluster = Cluster(
            home=where.postgres,
            sockets=where.postgres_sockets,
            account=where.account,
            log=where.log / "postgres.log",
        )

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        if self._users.take():
            return  # whoever wanted the server ended while another keeper still had it
        try:
            self._cluster.start()
            self._cluster.make_databases()
            self._announce()
            self._keep()
        finally:
            keeper_file(self._where).unlink(missing_ok=True)
            self._cluster.stop()

    def _keep(self) -> None:
        backoff = POLL_SECONDS
        while not self._is_asked_to_stop and not self._users.take():
            if self._cluster.is_running():
                backoff = POLL_SECONDS
                time.sleep(POLL_SECONDS)
                continue
            print("PostgreSQL died; it is started again", flush=True)
            with contextlib.suppress(ServerFailed):
                self._cluster.start(seconds=20)
            if not self._cluster.is_running():
                backoff = min(backoff * 2, LONGEST_BACKOFF)
                time.sleep(backoff)

    def _announce(self) -> None:
        fresh = self._where.run / f"keeper.json.{os.getpid()}"
        fresh.write_text(json.dumps({"pid": os.getpid(), "major": self._cluster.major}))
        fresh.rename(keeper_file(self._where))

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._is_asked_to_stop = True


def main() -> int:
    where = places()
    make_folders(where)
    lock = FileLock(where.run / "keeper.lock")
    if not lock.take(seconds=2):
        return 0  # another keeper is at work
    keeper_file(where).unlink(missing_ok=True)
    _shorten(where.log / "postgres.log")
    try:
        Keeper(where).run()
    except ServerFailed as error:
        print(error, flush=True)
        return 1
    return 0


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGE_LOG:
        log.rename(log.with_suffix(".old"))


if __name__ == "__main__":
    sys.exit(main())
