"""Data folders and environments for servers that these tests start themselves."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

OWN_SERVERS = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "PSP_URL", "OMNI_READY_FILE")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that every user can pass through; pytest's own may be closed to others."""
    path = Path(tempfile.mkdtemp(prefix="omni-local-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """That of a command which uses embedded servers in the folder."""
    env = {name: value for name, value in os.environ.items() if name not in OWN_SERVERS}
    return env | {"OMNI_VAR_DIR": str(folder / "var"), "DJANGO_SETTINGS_MODULE": "omni.settings"}
