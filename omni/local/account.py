"""Which user runs PostgreSQL, which refuses to run as root.

For everybody but root: the caller. For root: an unprivileged account that every system has
(`nobody`, or the one named by OMNI_PG_USER). No account is made and no mode of a folder that is
not ours is changed; what that account cannot reach is put where it can (see `paths`, `binaries`).
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path


class NoAccount(RuntimeError):
    """Root has no unprivileged account to run PostgreSQL with."""


@dataclass(frozen=True)
class Account:
    """The user of the PostgreSQL processes."""

    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, object]:
        """What subprocess needs to become this user; empty when it is the caller."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def postgres_account() -> Account:
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    name = os.environ.get("OMNI_PG_USER") or "nobody"
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise NoAccount(
            f"PostgreSQL does not run as root and there is no user {name!r}. "
            "Name an unprivileged user in OMNI_PG_USER, or run as another user than root."
        ) from None
    if entry.pw_uid == 0:
        raise NoAccount("OMNI_PG_USER names root; PostgreSQL needs an unprivileged user.")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def can_reach(account: Account, folder: Path) -> bool:
    """Whether the account may pass through the folder, asked of the kernel.

    A folder that does not exist yet is judged by its nearest parent that does.
    """
    if account.uid == os.geteuid():
        return True
    while not folder.exists():
        folder = folder.parent
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1" 2>/dev/null', "sh", str(folder)],
        check=False,
        cwd="/",
        **account.popen_arguments(),  # type: ignore[call-overload]
    )
    return bool(done.returncode == 0)
