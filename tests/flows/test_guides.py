"""Every example of the guides runs as it stands, in order, against the demo over HTTP."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from omni.audit import runner
from omni.events import operations as events
from omni.webhooks import envelope
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


def _blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)


def run_guide(name: str, *, url: str, folder: Path) -> list[str]:
    """What the examples of a guide print. Fails with the command that failed."""
    script = folder / "guide.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(_blocks(name, "sh")))
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

    for told in ("authentication_failed", "pages: 3", "captured", "paid", "Jules Bernard"):
        assert told in printed, printed
    _nothing_is_broken()


def test_guide_shows_a_problem_as_it_is(demo: str) -> None:
    (shown,) = [json.loads(each) for each in _blocks("api.md", "json")]

    told = httpx.post(
        f"{demo}/api/v1/carts", json={"colour": "red"}, headers={"X-Channel-Key": "ck_demo_web"}
    ).json()

    assert told | {"request_id": ""} == shown | {"request_id": ""}


def test_guide_verifies_what_the_house_signs() -> None:
    names: dict[str, Any] = {}
    exec(_blocks("api.md", "python")[0], names)  # noqa: S102  our own guide
    old, new = (f"whsec_{base64.b64encode(os.urandom(24)).decode()}" for _each in range(2))
    body = '{"type":"order.placed"}'
    sent = envelope.headers(id_="evt_1", moment=datetime.now(UTC), body_=body, secrets=[new, old])

    verify = names["verify"]

    assert verify(new, sent, body.encode())
    assert verify(old, sent, body.encode())
    assert not verify(new, sent, body.encode() + b" ")
    assert not verify(f"whsec_{base64.b64encode(bytes(24)).decode()}", sent, body.encode())
    assert not verify(new, sent | {"webhook-timestamp": "1700000000"}, body.encode())


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
