"""One embedded PostgreSQL server: start, stop, recovery, locale."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from omni.local import binaries
from omni.local.account import can_reach, postgres_account
from omni.local.binaries import BinaryMissing, runnable
from omni.local.paths import make_folders, places
from omni.local.postgres import Cluster, database_url


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    made = _cluster(folder / "var")
    yield made
    made.stop()


def _cluster(var: Path) -> Cluster:
    where = places(var)
    make_folders(where)
    return Cluster(
        home=where.postgres,
        sockets=where.postgres_sockets,
        account=where.account,
        log=where.log / "postgres.log",
        durable=False,
    )


def _ask(cluster: Cluster, question: str) -> object:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None


def _do(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def test_start_finds_its_data_the_second_time(cluster: Cluster) -> None:
    cluster.start()
    cluster.make_databases()
    _do(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    cluster.stop()

    cluster.start()
    cluster.make_databases()

    assert _ask(cluster, "SELECT n FROM kept") == 7
    assert _ask(cluster, "SHOW max_connections") == "200"
    assert _ask(cluster, "SHOW listen_addresses") == ""


def test_stop_leaves_no_process_and_no_socket(cluster: Cluster) -> None:
    cluster.start()
    process = cluster.process

    cluster.stop()

    assert process is not None
    assert process.poll() == 0
    assert list(cluster.sockets.iterdir()) == []
    assert not (cluster.data / "postmaster.pid").exists()


@pytest.mark.parametrize(("major", "provider"), [(16, "c"), (18, "b")])
def test_databases_have_our_locale_whatever_the_shell_says(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, major: int, provider: str
) -> None:
    monkeypatch.setenv("OMNI_PG_MAJOR", str(major))
    monkeypatch.setenv("LC_ALL", "C")

    cluster.start()
    cluster.make_databases()

    assert str(_ask(cluster, "SHOW server_version")).startswith(str(major))
    assert _ask(cluster, "SELECT lower('ÉÄЖ')") == "éäж"
    names = "('omni', 'omni_template')"
    found = f"SELECT array_agg(DISTINCT datlocprovider) FROM pg_database WHERE datname IN {names}"
    assert _ask(cluster, found) == [provider]


def test_start_recovers_after_the_server_was_killed_while_sessions_ran(cluster: Cluster) -> None:
    cluster.durable = True
    cluster.start()
    cluster.make_databases()
    _do(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    with contextlib.suppress(psycopg.Error), psycopg.connect(cluster.url) as busy:
        busy.execute("SELECT pg_backend_pid()")
        assert cluster.process is not None
        cluster.process.kill()
        cluster.process.wait()

        cluster.start()

    assert _ask(cluster, "SELECT n FROM kept") == 7


def test_start_ends_a_server_whose_owner_is_gone(cluster: Cluster, folder: Path) -> None:
    cluster.start()
    orphan = cluster.process
    assert orphan is not None
    heir = _cluster(folder / "var")

    try:
        heir.start()

        assert orphan.wait(10) == 0
        assert heir.is_running()
    finally:
        heir.stop()


def test_start_is_not_stopped_by_a_pid_file_that_names_another_process(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    account = postgres_account()
    other = subprocess.Popen(
        ["/bin/sleep", "60"],
        cwd="/",
        **account.popen_arguments(),  # type: ignore[call-overload]
    )
    try:
        left = cluster.data / "postmaster.pid"
        left.write_text(f"{other.pid}\n{cluster.data}\n1\n5432\n{cluster.sockets}\n\n1 1\nready\n")
        os.chown(left, account.uid, account.gid)

        cluster.start()

        assert cluster.is_running()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_start_refuses_data_of_another_version(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_PG_MAJOR", "16")
    cluster.start()
    cluster.stop()
    monkeypatch.setenv("OMNI_PG_MAJOR", "18")

    with pytest.raises(BinaryMissing, match="OMNI_PG_MAJOR"):
        cluster.start()

    assert (cluster.data / "PG_VERSION").read_text().strip() == "16"


def test_start_without_a_version_named_keeps_that_of_the_data(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_PG_MAJOR", "16")
    cluster.start()
    cluster.stop()
    monkeypatch.delenv("OMNI_PG_MAJOR")

    cluster.start()

    assert cluster.major == 16


def test_server_ends_by_itself_when_its_owner_is_killed(
    folder: Path, environment: dict[str, str]
) -> None:
    script = (
        "import time; from tests.omni.local.test_postgres import _cluster, Path\n"
        f"c = _cluster(Path({str(folder / 'var')!r})); c.start()\n"
        "print(c.process.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert owner.stdout is not None
    server = int(owner.stdout.readline())

    owner.send_signal(signal.SIGKILL)
    owner.wait()

    deadline = time.monotonic() + 10
    while Path(f"/proc/{server}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{server}").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_programs_are_copied_where_the_server_cannot_reach_them(folder: Path) -> None:
    account = postgres_account()
    closed, copies = folder / "closed", folder / "copies"
    closed.mkdir(mode=0o700)
    copies.mkdir(mode=0o700)
    os.chown(copies, account.uid, account.gid)
    installed = binaries._installed_postgres(18)
    package = installed.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(installed, closed / package.name / installed.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    hidden = closed / package.name / installed.name

    first = runnable(hidden, account=account, copies=copies)
    second = runnable(hidden, account=account, copies=copies)

    assert first == second
    assert first.is_relative_to(copies)
    assert can_reach(account, first)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert len(list(copies.iterdir())) == 1
    made = subprocess.run(
        [str(first / "initdb"), "--no-sync", f"--pgdata={copies / 'data'}"],
        cwd="/",
        capture_output=True,
        check=False,
        **account.popen_arguments(),  # type: ignore[call-overload]
    )
    assert made.returncode == 0, made.stderr


def test_cluster_runs_below_a_closed_folder_and_on_a_long_path(folder: Path) -> None:
    closed = folder / ("closed" * 15)
    closed.mkdir(mode=0o700)
    cluster = _cluster(closed / "var")

    try:
        cluster.start()
        cluster.make_databases()

        assert _ask(cluster, "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        cluster.stop()
        for path in (cluster.home, cluster.sockets, places(closed / "var").sockets):
            shutil.rmtree(path, ignore_errors=True)
        if not cluster.home.is_relative_to(folder):
            shutil.rmtree(cluster.home.parent)


def test_database_url_escapes_the_folder() -> None:
    url = database_url(Path("/a b&c/sockets"))

    assert url == "postgresql://omni@/omni?host=/a%20b%26c/sockets&port=5432"
