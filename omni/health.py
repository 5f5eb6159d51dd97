"""What machines ask: is the process alive, is it ready, how is it doing.

/livez answers without touching anything else, so that a slow database restarts nobody. /readyz
says whether requests can be served: database, migrations, broker. /metrics is Prometheus text,
behind a bearer token when METRICS_TOKEN is set.
"""

import os
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from omni.events.metrics import LagCollector

_migrated = False


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when all parts answer, else 503; each part by name, and nothing of its error."""
    checks: dict[str, Callable[[], bool]] = {
        "database": database_answers,
        "migrations": migrations_are_applied,
        "broker": broker_answers,
    }
    parts = {name: "ok" if check() else "failed" for name, check in checks.items()}
    is_ready = all(state == "ok" for state in parts.values())
    body = {"status": "ok" if is_ready else "failed", "checks": parts}
    return JsonResponse(body, status=200 if is_ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and not constant_time_compare(given, token):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # what the workers counted
        registry.register(LagCollector())  # what the database knows
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, PoolTimeout):
        return False
    return True


def migrations_are_applied() -> bool:
    """Migrations are only ever added by a new deployment, so a yes is remembered."""
    global _migrated  # noqa: PLW0603
    if _migrated:
        return True
    try:
        executor = MigrationExecutor(connection)
    except (OperationalError, PoolTimeout):
        return False
    _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def broker_answers() -> bool:
    options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=0.5, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except (BrokerError, RedisError, OSError):
        return False
    return True
