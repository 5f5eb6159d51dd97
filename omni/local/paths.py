"""Where the embedded servers keep their data and sockets.

Everything lies below OMNI_VAR_DIR (`var/` beside manage.py by default), so that a second merchant
can stand beside the first. Two exceptions, both in folders of our own, named after a hash of the
data folder so that every process finds the same one:

- sockets, when their path would exceed what the kernel accepts;
- as root, all of PostgreSQL, when the unprivileged user that runs it cannot reach the data folder.
  Such a folder names the data folder that it belongs to, so that it is known when that is gone.
"""

import contextlib
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from omni.local.account import Account, can_reach, postgres_account

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# sun_path holds 108 bytes on Linux, 104 on macOS; both end with a zero byte.
LONGEST_SOCKET_PATH = 100
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"

# The file in a folder of PostgreSQL's own that names the data folder.
OWNER = "owner"
LONGEST_PATH = 4096


class UnsafeFolder(RuntimeError):
    """A folder that should be ours alone belongs to somebody else."""


@dataclass(frozen=True)
class Places:
    """The folders of one merchant's embedded servers."""

    var: Path
    run: Path
    log: Path
    sockets: Path
    postgres: Path
    postgres_sockets: Path
    account: Account

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"


def var_dir() -> Path:
    return Path(os.environ.get("OMNI_VAR_DIR") or BASE_DIR / "var").expanduser().absolute()


def places(var: Path | None = None) -> Places:
    """Names the folders; makes none."""
    var = var or var_dir()
    account = postgres_account()
    home = var if can_reach(account, var) else _shared_root() / _home_name(var)
    sockets = var / "run"
    return Places(
        var=var,
        run=sockets,
        log=var / "log",
        sockets=_short(sockets, var),
        postgres=home / "postgres",
        postgres_sockets=_short(home / "sockets", var, suffix="-pg"),
        account=account,
    )


def make_folders(where: Places) -> None:
    """Makes the folders of the product; those of PostgreSQL belong to the user that runs it."""
    for folder in (where.run, where.log, where.valkey, where.sockets):
        private_folder(folder)
    if where.postgres.parent != where.var:
        private_folder(where.postgres.parent, where.account)
        _name_owner(where.postgres.parent, where.var)
    for folder in (where.postgres, where.postgres_sockets):
        private_folder(folder, where.account)


def left_behind(root: Path | None = None) -> list[tuple[Path, Path]]:
    """Folders of PostgreSQL whose data folder is gone, and which that was. Nothing is removed:
    it may be on a disk that is away."""
    if os.geteuid() != 0:
        return []
    owned = ((home, _owner(home)) for home in sorted((root or _shared_root()).glob("omni-*")))
    return [(home, var) for home, var in owned if var is not None and not var.exists()]


def _name_owner(home: Path, var: Path) -> None:
    # The folder is another user's: what lies there is neither followed nor overwritten.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with contextlib.suppress(FileExistsError):
        file = os.open(home / OWNER, flags, 0o644)
        with os.fdopen(file, "wb") as written:
            written.write(os.fsencode(var))


def _owner(home: Path) -> Path | None:
    """The data folder that a folder of ours names; its own name proves it."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        with os.fdopen(os.open(home / OWNER, flags), "rb") as file:
            var = Path(os.fsdecode(file.read(LONGEST_PATH)))
    except OSError:
        return None
    return var if home.name == _home_name(var) else None


def _home_name(var: Path) -> str:
    return f"omni-{_digest(var)}"


def private_folder(folder: Path, account: Account | None = None) -> None:
    """Makes a folder of mode 0700; one that exists is checked, and never changed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise UnsafeFolder(
                f"{folder} exists and is not a folder of user {uid}. "
                "Remove it, or set OMNI_VAR_DIR to another folder."
            ) from None
        return
    if account and account.uid != os.geteuid():
        os.chown(folder, account.uid, account.gid)


def _short(folder: Path, var: Path, suffix: str = "") -> Path:
    if len(os.fsencode(folder)) + len(LONGEST_SOCKET_NAME) <= LONGEST_SOCKET_PATH:
        return folder
    return Path("/tmp") / f"omni-{os.geteuid()}-{_digest(var)}{suffix}"  # noqa: S108


def _shared_root() -> Path:
    """A folder that every user can pass through: where root keeps what root must not run."""
    state = Path("/var/lib")
    return state if os.access(state, os.W_OK) else Path(tempfile.gettempdir())


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
