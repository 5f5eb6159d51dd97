"""A database server for jobs that are measured in SQL, and Django set up on it in this process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from omni.local.account import postgres_account
from omni.local.paths import private_folder
from omni.local.postgres import Cluster


@contextmanager
def server(*, durable: bool) -> Iterator[Cluster]:
    """A server of its own with the product's database, empty; gone in the end."""
    account = postgres_account()
    # Below /tmp, for the path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="omni-bench-", dir="/tmp"))
    os.chown(folder, account.uid, account.gid)
    for name in ("postgres", "run"):
        private_folder(folder / name, account)
    cluster = Cluster(
        home=folder / "postgres",
        sockets=folder / "run",
        account=account,
        log=folder / "postgres.log",
        durable=durable,
    )
    try:
        cluster.start()
        cluster.make_databases()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def django_on_a_server() -> Iterator[None]:
    """The product's code in this process on a server of its own. Once in the life of a process.

    Not durable: what is measured here are reads.
    """
    with server(durable=False) as cluster:
        os.environ["DATABASE_URL"] = cluster.url
        os.environ["OMNI_VAR_DIR"] = str(cluster.home.parent / "var")
        os.environ["DJANGO_SETTINGS_MODULE"] = "omni.settings"
        django.setup()
        call_command("migrate", verbosity=0)
        yield
