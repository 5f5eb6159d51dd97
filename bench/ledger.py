"""How long the ledger of a real retailer takes to load, and how much memory; and again.

The command runs as a process of its own on a durable server of its own, so that the memory is that
of the loader alone. The second load must find that everything is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.database import server
from bench.report import Result
from bench.stage import ROOT

DATA = Path(os.environ.get("OMNI_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "online_retail" / "online_retail_2010_2011.csv.gz"
MOST_SECONDS, AIM_SECONDS, MOST_AGAIN_SECONDS = 8 * 60, 5 * 60, 60
MOST_MIB = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: how long, the most memory at once, and the totals it printed."""

    seconds: float
    mib: float
    totals: dict[str, int]


def measure() -> list[Result]:
    """Both loads; nothing, with the reason, where the file is missing."""
    if not FILE.exists():
        print(f"ledger: skipped, for {FILE} is missing (OMNI_DATA names the folder of the data)")
        return []
    with server(durable=True) as cluster:
        environment = _environment(cluster.url, cluster.home.parent / "var")
        _run(environment, "migrate", "--verbosity=0")
        first = _load(environment)
        again = _load(environment)
    if first.totals != again.totals:
        raise RuntimeError(f"loading again changed something:\n{first.totals}\n{again.totals}")
    print(f"ledger: {first.totals['lines']:,} lines; aim {AIM_SECONDS} s")
    return [
        _result("ledger: load", "s", first.seconds, MOST_SECONDS),
        _result("ledger: load, memory", "MiB", first.mib, MOST_MIB),
        _result("ledger: again, no change", "s", again.seconds, MOST_AGAIN_SECONDS),
        _result("ledger: again, memory", "MiB", again.mib, MOST_MIB),
    ]


def _result(job: str, unit: str, ours: float, most: float) -> Result:
    goal = f"at most {most:,} {unit}"
    return Result(job, unit, None, ours, None, goal, reached=ours <= most)


def _load(environment: dict[str, str]) -> Run:
    started = time.monotonic()
    output, mib = _run(environment, "load_online_retail", str(FILE), "--json")
    seconds = time.monotonic() - started
    return Run(seconds, mib, json.loads(output.strip().splitlines()[-1]))


def _run(environment: dict[str, str], *arguments: str) -> tuple[str, float]:
    """The standard output of a command, and the most memory that its process held (MiB)."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    # Waited for by hand: only wait4 tells what this one process used.
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} ended with {process.returncode}")
    # Kilobytes on Linux, bytes on macOS.
    return output, usage.ru_maxrss / (1024 if sys.platform.startswith("linux") else 1024**2)


def _environment(url: str, folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"DATABASE_URL": url, "OMNI_VAR_DIR": str(folder), "PYTHONPATH": str(ROOT)}
