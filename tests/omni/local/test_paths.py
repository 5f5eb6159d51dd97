"""Where the embedded servers keep their data and sockets."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from omni.local.paths import (
    LONGEST_SOCKET_NAME,
    LONGEST_SOCKET_PATH,
    Places,
    UnsafeFolder,
    left_behind,
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


@pytest.fixture
def apart(folder: Path) -> Iterator[Places]:
    """A data folder that the server cannot reach, and so a folder of its own for PostgreSQL."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    where = places(closed / "var")
    make_folders(where)
    yield where
    shutil.rmtree(where.postgres.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_left_behind_names_folders_whose_data_folder_is_gone(apart: Places) -> None:
    home = apart.postgres.parent

    assert home not in dict(left_behind())
    shutil.rmtree(apart.var)

    assert dict(left_behind())[home] == apart.var
    assert home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_left_behind_believes_no_folder_that_names_what_it_does_not_belong_to(
    folder: Path, apart: Places
) -> None:
    for name in ("omni-000000000000", "omni-111111111111", "omni-222222222222"):
        (folder / name).mkdir()
    (folder / "omni-000000000000" / "owner").write_text(str(folder / "gone"))
    (folder / "omni-111111111111" / "owner").symlink_to(apart.postgres.parent / "owner")
    os.mkfifo(folder / "omni-222222222222" / "owner")

    assert left_behind(folder) == []


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
