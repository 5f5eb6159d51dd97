"""Where the embedded servers keep their data and sockets."""

import os
import stat
from pathlib import Path

import pytest

from omni.local.paths import (
    LONGEST_SOCKET_NAME,
    LONGEST_SOCKET_PATH,
    UnsafeFolder,
    make_folders,
    places,
    private_folder,
)


def test_places_keeps_everything_below_the_data_folder(folder: Path) -> None:
    where = places(folder / "var")

    for path in (where.run, where.log, where.sockets, where.postgres, where.postgres_sockets):
        assert path.is_relative_to(folder / "var")


def test_places_moves_sockets_when_their_path_is_too_long(folder: Path) -> None:
    var = folder / ("long" * 30)

    where = places(var)
    again = places(var)

    for path in (where.sockets, where.postgres_sockets):
        assert len(os.fsencode(path)) + len(LONGEST_SOCKET_NAME) <= LONGEST_SOCKET_PATH
        assert not path.is_relative_to(var)
    assert where == again
    assert where.sockets != places(folder / ("long" * 29)).sockets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_places_leaves_a_folder_that_the_server_cannot_reach(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    where = places(closed / "var")

    assert where.var == closed / "var"
    assert not where.postgres.is_relative_to(closed)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_make_folders_makes_private_ones_and_may_be_repeated(folder: Path) -> None:
    where = places(folder / "var")

    make_folders(where)
    make_folders(where)

    for path in (where.run, where.log, where.valkey, where.postgres, where.postgres_sockets):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert where.postgres.stat().st_uid == where.account.uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of another user")
def test_private_folder_refuses_one_that_belongs_to_somebody_else(folder: Path) -> None:
    foreign = folder / "foreign"
    foreign.mkdir(mode=0o755)
    os.chown(foreign, 12345, 12345)

    with pytest.raises(UnsafeFolder, match="OMNI_VAR_DIR"):
        private_folder(foreign)

    assert stat.S_IMODE(foreign.stat().st_mode) == 0o755


def test_private_folder_refuses_a_link(folder: Path) -> None:
    (folder / "there").mkdir()
    (folder / "link").symlink_to(folder / "there")

    with pytest.raises(UnsafeFolder):
        private_folder(folder / "link")
