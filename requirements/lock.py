"""Writes the lock files from pyproject.toml, or with --check says whether they fit it.

base.txt is what a merchant's server needs, demo.txt adds the embedded servers, dev.txt the tools.
Each holds names, versions and hashes for Python 3.11 to 3.14 and no addresses. Its first line is a
digest of the dependencies in pyproject.toml at the time of locking; the check compares that and
then resolves again from the locked versions, which must change nothing.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from install import index_of_pip

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
# The widest first: the others are held to its versions.
FILES = {
    "dev.txt": ["--extra", "embedded", "--group", "dev"],
    "demo.txt": ["--extra", "embedded"],
    "base.txt": [],
}


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return check()
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    for name, options in FILES.items():
        text = compiled(FOLDER, name, [*options, *upgrade])
        (FOLDER / name).write_text(text)
    return 0


def check() -> int:
    wrong = [f"{name}: {reason}" for name in FILES if (reason := why_wrong(name))]
    for line in wrong:
        print(f"requirements/{line}; run `make lock`", file=sys.stderr)
    return 1 if wrong else 0


def why_wrong(name: str) -> str | None:
    locked = (FOLDER / name).read_text()
    if locked.splitlines()[0] != header():
        return "does not fit pyproject.toml"
    if "://" in locked:
        return "holds an address"
    with tempfile.TemporaryDirectory() as scratch:
        for file in FILES:
            shutil.copy(FOLDER / file, scratch)
        if compiled(Path(scratch), name, FILES[name]) != locked:
            return "resolves to something else"
    return None


def header() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    parts = [
        project["project"]["requires-python"],
        project["project"]["dependencies"],
        project["project"]["optional-dependencies"],
        project["dependency-groups"],
    ]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"# Locked by requirements/lock.py for the dependencies of digest {digest}"


def compiled(folder: Path, name: str, options: list[str]) -> str:
    """Resolves, preferring the versions that the file in that folder holds already."""
    output = folder / name
    held = [] if name == "dev.txt" else ["--constraint", str(folder / "dev.txt")]
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
        *("--universal", "--generate-hashes", "--python-version", "3.11"),
        *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"),
        *("--output-file", str(output), *options, *held),
    ]
    # Pip's index and certificates are uv's as well, but wheels that happen to lie on this machine
    # are not what others will find.
    env = index_of_pip(Path(sys.executable)) | os.environ
    for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS", "UV_INDEX"):
        env.pop(name, None)
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    body = "\n".join(line for line in output.read_text().splitlines() if line != header())
    lines = [line for line in body.splitlines() if not line.startswith("# Locked by")]
    return "\n".join([header(), *lines]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
