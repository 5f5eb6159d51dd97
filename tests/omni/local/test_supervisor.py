"""What the log shows of a command that runs once."""

import sys

import pytest

from omni.local.supervisor import Supervisor


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
