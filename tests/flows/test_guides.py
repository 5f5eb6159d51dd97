"""Every example of the guides runs as it stands, in order, against the demo over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from omni.audit import runner
from omni.events import operations as events
from tests.flows import curl
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess

pytestmark = pytest.mark.xdist_group("flows")
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def demo(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The demo merchant behind a server of its own, and the provider that talks to it."""
    call_command("demo")
    webhooks = f"{live_server.url}/api/v1/payments/webhooks/psp"
    psp = PspProcess(tmp_path / "psp.sqlite3", webhook_url=webhooks).start()
    settings.PSP_URL, settings.PSP_API_KEY = psp.url, API_KEY
    settings.PSP_WEBHOOK_SECRET = SECRET
    yield str(live_server.url)
    psp.stop()


def run_guide(name: str, *, url: str, folder: Path) -> list[str]:
    """What the examples of a guide print. Fails with the command that failed."""
    examples = re.findall(r"```sh\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)
    script = folder / "guide.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(examples))
    done = subprocess.run(
        ["bash", "-x", str(script)],
        env={"PATH": _path(folder), "OMNI_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def _path(folder: Path) -> str:
    """Where python3 and curl are found; a machine without curl gets ours."""
    found = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if shutil.which("curl") is None:
        ours = folder / "curl"
        ours.write_text(f'#!/bin/sh\nexec {sys.executable} {curl.__file__} "$@"\n')
        ours.chmod(0o755)
        found.insert(0, str(folder))
    return os.pathsep.join(found)


def test_guide_for_storefronts_runs_as_it_stands(demo: str, tmp_path: Path) -> None:
    printed = run_guide("api.md", url=demo, folder=tmp_path)

    for told in ("authentication_failed", "captured", "paid", "cancelled", "Jules Bernard"):
        assert told in printed, printed
    _nothing_is_broken()


def test_guide_for_stores_runs_as_it_stands_also_without_curl(
    demo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    printed = run_guide("staff.md", url=demo, folder=tmp_path)

    for told in ("accepted", "B-02", "wrong_pickup_code", "received", "Eve Martin"):
        assert told in printed, printed
    assert '{"amount": 200, "currency": "EUR"}' in printed  # the change
    assert '{"amount": 400, "currency": "EUR"}' in printed  # what the exchange cost
    _nothing_is_broken()


def _nothing_is_broken() -> None:
    events.drain()
    assert [finding for finding in runner.run() if not finding.is_clean] == []
