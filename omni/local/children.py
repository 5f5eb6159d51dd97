"""Starts and ends child processes so that none is left behind.

Each child leads a session of its own, so Ctrl-C in the terminal reaches the supervisor alone and
a whole group can be ended. On Linux a child also asks the kernel to be told when its parent dies,
which covers `kill -9` of the supervisor.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from omni.local.account import Account

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    *,
    output: int | IO[bytes],
    env: Mapping[str, str],
    cwd: Path | str = "/",
    account: Account | None = None,
    death_signal: signal.Signals | None = signal.SIGTERM,
    inherited: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a child in its own session. Call from the main thread: the kernel watches that one."""
    becoming = account.popen_arguments() if account else {}
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=dict(env),
        start_new_session=True,
        pass_fds=tuple(inherited),
        # Two system calls and nothing that could wait for another thread.
        preexec_fn=_watch_parent(death_signal),  # noqa: PLW1509
        **becoming,  # type: ignore[call-overload]
    )


def stop(child: subprocess.Popen[bytes], *, first: signal.Signals, seconds: float) -> None:
    """Asks the child to end, waits, then ends its whole group by force."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    kill_group(child)


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Ends whatever is left of the child's session, the child included."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(10)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] == ["Z"]


def _watch_parent(death_signal: signal.Signals | None) -> Callable[[], None] | None:
    if death_signal is None or _libc is None:
        return None
    parent, libc, number = os.getpid(), _libc, int(death_signal)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask


def command_of(pid: int) -> str:
    """The command line of a process, empty when there is none. Small systems have no `ps`."""
    file = Path(f"/proc/{pid}/cmdline")
    if file.parent.parent.joinpath("self").exists():
        try:
            return file.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    said = subprocess.run(
        ["ps", "-o", "args=", "-ww", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return said.stdout.strip()
