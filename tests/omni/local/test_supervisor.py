"""What the log shows of a command that runs once."""

import sys
import time
from pathlib import Path

import pytest

from omni.local import supervisor as supervisor_module
from omni.local.supervisor import Program, Supervisor


@pytest.mark.parametrize(("code", "shown"), [(0, ""), (3, "demo     | a login\n")])
def test_run_once_shows_a_quiet_command_only_if_it_fails(
    capsys: pytest.CaptureFixture[str], code: int, shown: str
) -> None:
    command = [sys.executable, "-c", f"print('a login'); raise SystemExit({code})"]

    ended = Supervisor().run_once("demo", command, is_stopped=lambda: False, is_quiet=True)

    assert ended == (code, ["a login"])
    assert capsys.readouterr().out == shown


def test_run_once_shows_other_commands_as_they_run(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", "print('a step')"]

    Supervisor().run_once("migrate", command, is_stopped=lambda: False)

    assert capsys.readouterr().out == "migrate  | a step\n"


def test_watch_leaves_a_job_that_ended_well_and_starts_one_again_that_did_not(
    tmp_path: Path,
) -> None:
    runs = tmp_path / "runs"
    text = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); n = len(p.read_text())"
    text += " if p.exists() else 0; p.write_text('x' * (n + 1)); sys.exit(3 if n == 0 else 0)"
    supervisor = Supervisor()
    job = Program("demo", [sys.executable, "-c", text, runs], lambda: True, is_job=True)

    supervisor.start(job)
    for _round in range(60):
        supervisor.watch()
        time.sleep(0.05)
    supervisor.stop()

    assert runs.read_text() == "xx"


def test_watch_gives_a_job_up_that_fails_again_and_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "LONGEST_BACKOFF", 0.01)
    supervisor = Supervisor()
    job = Program("demo", [sys.executable, "-c", "raise SystemExit(3)"], lambda: True, is_job=True)

    supervisor.start(job)
    for _round in range(100):
        supervisor.watch()
        time.sleep(0.05)
    supervisor.stop()

    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition("; ")[2] for line in lines] == [
        *["started again"] * 4,
        "not started again",
    ]
