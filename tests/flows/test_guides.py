"""Every example of the guides runs as it stands, in order, against the demo over HTTP."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from omni.access.permissions import Permission
from omni.audit import runner
from omni.demo.merchant.people import PASSWORD, STAFF
from omni.events import operations as events
from omni.local.account import Account
from omni.local.binaries import chosen_major, postgres_binaries
from omni.local.postgres import make_database
from omni.webhooks import envelope
from tests.flows import curl
from tests.flows.back_office import BackOffice
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess

pytestmark = pytest.mark.xdist_group("guides")
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


def run_guide(name: str, *, url: str, folder: Path, **more: str) -> list[str]:
    """What the examples of a guide print. Fails with the command that failed."""
    (folder / "manage.py").symlink_to(DOCS.parent / "manage.py")
    _command(folder / ".venv" / "bin" / "python", f"exec {sys.executable}")
    script = folder / "guide.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(_blocks(name, "sh")))
    done = subprocess.run(
        ["bash", "-x", str(script)],
        env={"PATH": _path(folder), "OMNI_URL": url, **more},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def _path(folder: Path) -> str:
    """Where python3 and curl are found; a machine without curl gets ours."""
    me = Account(os.geteuid(), os.getegid())
    servers = postgres_binaries(chosen_major(folder), account=me, copies=folder)
    found = [str(Path(sys.executable).parent), str(servers), os.environ["PATH"]]
    if shutil.which("curl") is None:
        _command(folder / "curl", f"exec {sys.executable} {curl.__file__}")
        found.insert(0, str(folder))
    return os.pathsep.join(found)


def _command(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n{line} "$@"\n')
    path.chmod(0o755)


def test_guide_for_storefronts_runs_as_it_stands(demo: str, tmp_path: Path) -> None:
    printed = run_guide("api.md", url=demo, folder=tmp_path)

    for told in ("authentication_failed", "pages: 3", "captured", "paid", "Jules Bernard"):
        assert told in printed, printed
    _shows_a_problem_as_it_is(demo)
    _nothing_is_broken()


def _shows_a_problem_as_it_is(demo: str) -> None:
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


def test_guide_for_merchants_runs_and_names_pages_that_are_there(demo: str, tmp_path: Path) -> None:
    printed = run_guide("merchant.md", url=demo, folder=tmp_path)

    (level,) = [json.loads(line) for line in printed if line.startswith("{")]
    assert level["on_hand"] >= 24
    office = BackOffice(STAFF[0].email, PASSWORD)
    text = (DOCS / "merchant.md").read_text()
    pages = set(re.findall(r"`(/(?:admin|staff)/[^`]*)`", text))
    assert len(pages) > 20
    for page in pages:
        office.page(page)
    named = {f"{area}.{verb}" for area, verb in _codes(text)}
    assert named == {str(code) for code in Permission}


def _codes(text: str) -> Iterator[tuple[str, str]]:
    """Permissions of the table, of which only the first of an area names it."""
    area = ""
    for row in re.findall(r"^\| (`[a-z]+\..*?) \|", text, re.MULTILINE):
        for code in re.findall(r"`([a-z_.]+)`", row):
            area = code.partition(".")[0] or area
            yield area, code.partition(".")[2]


@pytest.fixture
def restored(merchant: None) -> Iterator[str]:
    """An empty database beside that of the test."""
    database = connection.settings_dict
    name = f"{database['NAME']}_restored"
    make_database(_address("postgres"), name)
    yield _address(name)
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _address(name: str) -> str:
    here = connection.settings_dict
    host = quote(here["HOST"] or here["OPTIONS"].get("host", ""), safe="")
    return f"postgresql://{here['USER']}@/{name}?host={host}&port={here['PORT'] or 5432}"


def test_guide_for_operations_runs_and_a_restored_copy_is_right(
    live_server: Any, restored: str, tmp_path: Path, settings: Any
) -> None:
    settings.CELERY_BROKER_URL = "memory://"
    here = _address(connection.settings_dict["NAME"])
    given = {"DATABASE_URL": here, "RESTORED": restored, "METRICS_TOKEN": ""}
    events.drain()

    printed = run_guide("operations.md", url=str(live_server.url), folder=tmp_path, **given)

    text = "\n".join(printed)
    assert '"status": "ok"' in text
    assert "invariants, 0 broken" in text
    assert "timeline: goes on at event" in text
    with psycopg.connect(restored) as copy, connection.cursor() as original:
        original.execute("SELECT count(*) FROM omni_event")
        assert copy.execute("SELECT count(*) FROM omni_event").fetchone() == original.fetchone()


def test_guide_for_operations_names_every_setting_that_must_be_given() -> None:
    block = next(each for each in _blocks("operations.md", "ini") if "DEBUG=off" in each)
    block = re.sub(r"<.*>", lambda _: secrets.token_urlsafe(64), block)
    given = dict(line.split("=", 1) for line in block.splitlines())
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=DOCS.parent,
        env=kept | given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def _nothing_is_broken() -> None:
    events.drain()
    assert [finding for finding in runner.run() if not finding.is_clean] == []
