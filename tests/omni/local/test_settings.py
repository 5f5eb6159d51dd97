"""What the settings refuse with DEBUG off, and what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NEEDED = {
    "SECRET_KEY": "kJ8#mQ2$vX5^nB7&wZ4*pL9@hT6!rY3(dF1)gS0-cAe=uE+iO%aW",
    "PUBLIC_URL": "https://office.example.com",
    "ALLOWED_HOSTS": "office.example.com",
    "DATABASE_URL": "postgresql://omni:secret@db.example.com:5432/omni",
    "CELERY_BROKER_URL": "redis://broker.example.com:6379/0",
    "CACHE_URL": "redis://broker.example.com:6379/1",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.com:587",
    "DEFAULT_FROM_EMAIL": "Office <office@example.com>",
    "METRICS_TOKEN": "a-token-of-the-merchant",
    "PSP_URL": "https://api.provider.example.com",
    "PSP_API_KEY": "live_key",
    "PSP_WEBHOOK_SECRET": "whsec_bGl2ZS1zZWNyZXQtb2YtdGhlLW1lcmNoYW50",
}


def _run(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_settings_with_debug_off_name_everything_that_is_missing() -> None:
    done = _run("check", DEBUG="off")

    assert done.returncode == 1
    for name in NEEDED:
        assert f"{name} is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_with_debug_off_name_only_what_is_missing() -> None:
    given = {name: value for name, value in NEEDED.items() if name != "CACHE_URL"}

    done = _run("check", DEBUG="0", **given)

    assert done.returncode == 1
    assert [line.strip() for line in done.stderr.splitlines() if "is missing" in line] == [
        "CACHE_URL is missing"
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "demo-not-a-secret-not-a-secret-not-a-secret-not-a-secret"),
        ("SECRET_KEY_FALLBACKS", "demo-not-a-secret-not-a-secret-not-a-secret-not-a-secret"),
        ("PSP_API_KEY", "psp_sandbox_demo_key"),
        ("PSP_WEBHOOK_SECRET", "whsec_b21uaS1zYW5kYm94LXdlYmhvb2stZGVtby1zZWNyZXQ="),
    ],
)
def test_settings_with_debug_off_refuse_secrets_of_the_demo(name: str, value: str) -> None:
    done = _run("check", DEBUG="off", **NEEDED | {name: value})

    assert done.returncode == 1
    assert re.search(f"{name} (is|holds) the demo's", done.stderr)
    assert value not in done.stderr


def test_settings_of_a_merchant_pass_the_deployment_checks() -> None:
    done = _run("check", "--deploy", "--fail-level", "WARNING", DEBUG="off", **NEEDED)

    assert done.returncode == 0, done.stderr


def test_settings_of_a_demo_behind_a_tunnel_name_a_cookie_that_browsers_take() -> None:
    script = "from django.conf import settings; print(settings.SESSION_COOKIE_NAME)"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {"PUBLIC_URL": "https://demo.example.com/", "OMNI_HTTP_PORT": "8123"}

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=kept | given | {"DJANGO_SETTINGS_MODULE": "omni.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "omni_session_8123"
