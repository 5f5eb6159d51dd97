"""Locks between processes: files held by flock, which the kernel frees when a holder dies."""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """One holder's view of a lock file. The descriptor is not inherited unless it is passed on."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def fileno(self) -> int:
        return self._descriptor

    def share(self) -> None:
        """Waits until nobody holds it alone, then holds it with others."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def take(self, *, seconds: float = 0) -> bool:
        """Holds it alone; False when others hold it until the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)
            else:
                return True

    def close(self) -> None:
        """Lets go; a child that inherited the descriptor goes on holding it."""
        os.close(self._descriptor)
