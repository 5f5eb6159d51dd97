"""Installs one lock file into a virtual environment: `install.py VENV FILE`. Standard library only.

With uv where it is there, else with pip; both demand the hashes. An index that the environment
configures for pip (variables or pip's own files) is honoured by uv too. A stamp makes the second
time quick.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

# What pip calls it, and what uv does.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
}


def main(venv: Path, lock: Path) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  it says so to those who have an older one
        print("Omni needs Python 3.11 or newer; name one with `make PYTHON=python3.11`.")
        return 1
    # Every lock holds the versions of dev.txt, so whoever has that has the others.
    if is_installed(venv, lock) or is_installed(venv, lock.with_name("dev.txt")):
        return 0
    python = venv / "bin" / "python"
    if not python.exists() and (code := make_environment(venv)):
        return code
    print(f"Installing {lock.name} ...", flush=True)
    if not (installed_with_uv(python, lock) or installed_with_pip(python, lock)):
        print("The installation failed; see above.", file=sys.stderr)
        return 1
    stamp_of(venv, lock).write_text(digest(lock))
    return 0


def is_installed(venv: Path, lock: Path) -> bool:
    stamp = stamp_of(venv, lock)
    return stamp.exists() and stamp.read_text() == digest(lock)


def stamp_of(venv: Path, lock: Path) -> Path:
    return venv / f".installed-{lock.stem}"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def make_environment(venv: Path) -> int:
    try:
        import ensurepip  # noqa: F401, PLC0415  Debian ships Python without it
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        print(
            f"This Python has no ensurepip, so no virtual environment can be made. On Debian and "
            f"Ubuntu: apt-get install python{version}-venv (or python3-venv).",
            file=sys.stderr,
        )
        return 1
    return subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False).returncode


def installed_with_uv(python: Path, lock: Path) -> bool:
    uv = shutil.which("uv")
    if not uv:
        return False
    command = [uv, "pip", "install", "--python", str(python), "--require-hashes", "-r", str(lock)]
    env = os.environ | index_of_pip(python)
    if subprocess.run([*command, "--quiet"], env=env, check=False).returncode == 0:
        return True
    print("uv could not; trying pip.", flush=True)
    return False


def installed_with_pip(python: Path, lock: Path) -> bool:
    command = [str(python), "-m", "pip", "install", "--require-hashes", "-r", str(lock)]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return subprocess.run([*command, *quiet], check=False).returncode == 0


def index_of_pip(python: Path) -> dict[str, str]:
    """pip's own index settings, from its variables and files, in uv's words."""
    said = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found: dict[str, str] = {}
    # Lines are like global.index-url='https://...'; variables come last and win.
    for line in sorted(said.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        name = PIP_TO_UV.get(key.rpartition(".")[2].replace("_", "-"))
        if name and name not in os.environ:
            found[name] = value.strip("'\"").replace("\\n", " ").strip()
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
