"""How gunicorn serves the product: `gunicorn -c python:omni.gunicorn omni.wsgi`.

Threads in few processes; each process has a pool of as many database connections as threads.
"""

import os
from typing import Any

from prometheus_client import multiprocess

bind = f"{os.environ.get('OMNI_HTTP_HOST', '127.0.0.1')}:{os.environ.get('OMNI_HTTP_PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
timeout = 60
graceful_timeout = 10
keepalive = 5
control_socket_disable = True
loglevel = "warning"
if os.path.isdir("/dev/shm"):  # noqa: S108, heartbeats must not wait for a disk
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def child_exit(server: Any, worker: Any) -> None:
    """Forgets the gauges of a worker that ended."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)
