"""``manage.py`` as a tool among others of Unix."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_command_whose_reader_left_ends_quietly(unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONWARNINGS": ""},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writing)

    assert done.stderr == ""
    assert done.returncode == 128 + signal.SIGPIPE
