"""The Celery app: background work is woken here; what must not be lost lies in PostgreSQL."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")

app = Celery("omni")
app.set_default()  # also in threads that did not import it
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _tell_supervisor(**_: Any) -> None:
    """Lets `manage.py up` know that this process is ready (it names the file to make)."""
    path = os.environ.get("OMNI_READY_FILE")
    if path:
        Path(path).touch()


worker_ready.connect(_tell_supervisor)
beat_init.connect(_tell_supervisor)
