"""The controls of the race over HTTP: without guard and CHECK it must oversell.

A copy of the product's database is served by a web of its own whose guarded statement is replaced
by read-then-write; the product itself has no switch for this.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from omni.lab import books, flash
from omni.lab.stage import HOST, Site, free_port
from omni.local.paths import BASE_DIR
from omni.local.postgres import DATABASE, database_url
from tests.lab.conftest import Lab

pytestmark = pytest.mark.xdist_group("lab")

COPY = "lab_control"
NOT_TOLD = "was not told what is left"
CHECKS = ("level_promises_covered", "level_on_hand_covered")


def test_read_then_write_over_http_oversells_without_check_and_not_with_it(lab: Lab):
    with _web_without_guard(lab) as site:
        with_check = flash.race_flash(site, lab.merchant, runs=1, seed=1, kinds=["web"])

        # Turned away by the CHECK, a loser is told so, if not how many are left.
        assert [text for text in with_check.violations if NOT_TOLD not in text] == []
        assert with_check.accepted == 10
        assert books.audit(site) == []

        _drop_checks(site)
        without = flash.race_flash(site, lab.merchant, runs=1, seed=1, kinds=["web"])

        assert without.accepted > 10
        assert any("sold of 10" in text for text in without.violations)


@contextmanager
def _web_without_guard(lab: Lab) -> Iterator[Site]:
    port, sockets = free_port(), lab.stage.where.postgres_sockets
    given = {"OMNI_HTTP_PORT": str(port), "DATABASE_URL": database_url(sockets, COPY)}
    site = Site(port, given["DATABASE_URL"], dict(lab.stage.environment) | given)
    with psycopg.connect(database_url(sockets, "postgres"), autocommit=True) as connection:
        _copy(connection)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "-c", "python:omni.gunicorn"),
                "tests.lab.web_without_guard:application",
            ],
            cwd=BASE_DIR,
            env=dict(site.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(site)
            yield site
        finally:
            process.terminate()
            process.wait(30)
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(COPY)))


def _copy(connection: psycopg.Connection) -> None:
    """Nobody may be connected to a database while it is copied, so the product waits a moment."""
    product, copy = sql.Identifier(DATABASE), sql.Identifier(COPY)
    connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(product))
    try:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [DATABASE],
        )
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, product))
    finally:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(product))


def _drop_checks(site: Site) -> None:
    drop = sql.SQL("ALTER TABLE inventory_stocklevel DROP CONSTRAINT {}")
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        for check in CHECKS:
            connection.execute(drop.format(sql.Identifier(check)))


def _wait(site: Site) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{site.port}/livez", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the web without guard did not start")
