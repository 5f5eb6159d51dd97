"""The embedded database shared by processes: the first brings it, the last ends it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from omni.local.children import is_alive
from omni.local.paths import BASE_DIR, Places, places
from omni.local.postgres import database_url
from omni.local.sharing import Lease, running_keeper

USER = (
    "import sys; from omni.local.paths import places; from omni.local.sharing import Lease\n"
    "lease = Lease(places()); lease.take(); print(lease.started, flush=True)\n"
    "sys.stdin.readline(); lease.give_back()"
)


@pytest.fixture
def where(folder: Path) -> Places:
    return places(folder / "var")


def _user(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _started(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline().strip()


def _end(user: subprocess.Popen[str]) -> None:
    user.communicate("\n", timeout=60)
    assert user.returncode == 0


def _answers(where: Places) -> bool:
    with psycopg.connect(database_url(where.postgres_sockets)) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def _gone(pid: int, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


def _sockets(where: Places) -> list[Path]:
    return [path for path in where.var.rglob("*") if path.is_socket()]


def test_lease_starts_the_database_and_stops_it_at_the_end(where: Places) -> None:
    lease = Lease(where)

    lease.take()
    answered = _answers(where)
    keeper = running_keeper(where)
    lease.give_back()

    assert answered
    assert lease.started
    assert keeper is not None
    assert not is_alive(keeper)
    assert _sockets(where) == []


def test_two_commands_at_once_share_one_server_and_the_last_stops_it(
    where: Places, environment: dict[str, str]
) -> None:
    first, second = _user(environment), _user(environment)
    who_started = sorted([_started(first), _started(second)])
    keeper = running_keeper(where)
    assert keeper is not None

    _end(first)
    still = running_keeper(where) == keeper and _answers(where)
    _end(second)

    assert who_started == ["False", "True"]
    assert still
    assert not is_alive(keeper)
    assert _sockets(where) == []


def test_a_keeper_that_nobody_waits_for_starts_no_server(
    where: Places, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "omni.local.keeper"], env=environment, cwd=BASE_DIR, check=False
    )

    assert done.returncode == 0
    assert _sockets(where) == []
    assert not list(where.postgres.glob("data*"))


def test_a_killed_command_leaves_nothing(where: Places, environment: dict[str, str]) -> None:
    user = _user(environment)
    _started(user)
    keeper = running_keeper(where)
    assert keeper is not None

    user.kill()
    user.wait()

    assert _gone(keeper)
    assert _sockets(where) == []


def test_a_killed_keeper_is_replaced_by_the_next_command(
    where: Places, environment: dict[str, str]
) -> None:
    user = _user(environment)
    _started(user)
    keeper = running_keeper(where)
    assert keeper is not None

    os.kill(keeper, signal.SIGKILL)
    assert _gone(keeper)
    lease = Lease(where)
    lease.take()
    answered = _answers(where)
    _end(user)
    lease.give_back()

    assert answered
    assert lease.started
    assert _sockets(where) == []


def test_a_killed_server_is_started_again_by_the_keeper(where: Places) -> None:
    lease = Lease(where)
    lease.take()
    pid = int((where.postgres / "data" / "postmaster.pid").read_text().splitlines()[0])

    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    answered = False
    while not answered and time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            answered = _answers(where)
        except psycopg.OperationalError:
            continue
    lease.give_back()

    assert answered
    assert _sockets(where) == []


def test_commands_that_follow_each_other_closely_each_get_a_database(where: Places) -> None:
    for _ in range(3):
        lease = Lease(where)
        lease.take()
        answered = _answers(where)
        lease.give_back()

        assert answered
        assert running_keeper(where) is None
