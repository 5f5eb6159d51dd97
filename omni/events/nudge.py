"""Waking background work after a commit: at most one message per task, 50 ms and process, off the
request.

A daemon thread sends it, so that a broker that is away or hangs costs a request nothing. A message
that is lost costs nothing either: beat wakes each of them every second. A process without a broker
(tests, commands) sends none.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from celery import current_app
from kombu import Connection

logger = logging.getLogger(__name__)

RELAY_TASK = "omni.tasks.relay_events"
INTERVAL = 0.05  # seconds between two messages of one process
TIMEOUT = 0.2  # seconds for each step of talking to the broker
PAUSE_AFTER_FAILURE = 1.0
EXPIRES = 10  # seconds after which a message that nobody took is pointless

_wanted = threading.Event()
_tasks: set[str] = set()
_start_lock = threading.Lock()
_owner_pid = 0


def nudge(task: str = RELAY_TASK) -> None:
    """Ask that the relay (or another task) be woken soon. Returns at once, never raises."""
    _tasks.add(task)
    if not _wanted.is_set():
        _wanted.set()
    if _owner_pid != os.getpid():
        _start()


def _start() -> None:
    """One thread per process: a forked child has none of its parent's threads."""
    global _owner_pid  # noqa: PLW0603
    with _start_lock:
        if _owner_pid == os.getpid() or not _has_broker():
            return
        _owner_pid = os.getpid()
        threading.Thread(target=_run, name="omni-nudge", daemon=True).start()


def _has_broker() -> bool:
    url = current_app.conf.broker_url or ""
    return bool(url) and not url.startswith("memory:")


def _run() -> None:
    connection: Connection | None = None
    level = logging.WARNING
    while True:
        _wanted.wait()
        _wanted.clear()
        try:
            connection = connection or _connect()
            while _tasks:
                _send(connection, _tasks.pop())
            level = logging.WARNING
            time.sleep(INTERVAL)
        except Exception as error:  # noqa: BLE001 - whatever the broker does, beat covers it
            logger.log(level, "background work could not be woken: %s", error)
            level = logging.DEBUG  # said once until it works again
            _forget(connection)
            connection = None
            time.sleep(PAUSE_AFTER_FAILURE)


def _connect() -> Connection:
    options = dict(current_app.conf.broker_transport_options or {})
    options |= {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT, "max_retries": 0}
    return current_app.connection_for_write(connect_timeout=TIMEOUT, transport_options=options)


def _send(connection: Connection, task: str = RELAY_TASK) -> None:
    current_app.send_task(
        task, connection=connection, retry=False, ignore_result=True, expires=EXPIRES
    )


def _forget(connection: Connection | None) -> None:
    if connection is not None:
        try:
            connection.release()
        except Exception:
            logger.debug("a broken connection to the broker did not close", exc_info=True)
