"""Chromium before the product: one browser a run, a fresh context a test, nothing overlooked.

Whatever a page says to the console, every error of script and every violation of the policy fails
the test that met it. Where no Chromium is installed these tests are skipped, but not in CI.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.desk import SIZES, Desk

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker holds the browser."""
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium")
        pytest.skip("no Chromium on this machine")
    # Playwright keeps an event loop in this thread, in which Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        expect.set_options(timeout=10_000)  # a machine under load is slow, not wrong
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


# Statements and transactions of others on this database.
AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' AND state <> 'idle'
"""


@pytest.fixture
def server(live_server: Any) -> Iterator[Any]:
    """The product behind the browser. In the end it has come to rest: the tables are emptied next,
    and what a page that is gone still asked would stand in the way."""
    yield live_server
    quiet, deadline = 0, time.monotonic() + 10
    while quiet < 4 and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(AT_WORK)
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.01)


@pytest.fixture
def opened(chromium: Browser, server: Any) -> Iterator[Callable[..., Desk]]:
    """Open a browser of a size; at the end nothing may have gone wrong in it."""
    cache.clear()
    contexts: list[BrowserContext] = []
    desks: list[Desk] = []

    def open_one(size: int = 1440, *, touch: bool = False, theme: str = "") -> Desk:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            has_touch=touch,
            is_mobile=touch and size < 640,
            base_url=server.url,
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        page: Page = context.new_page()
        contexts.append(context)
        desks.append(Desk(page, server.url))
        return desks[-1]

    yield open_one
    for context in contexts:
        context.close()
    assert [trouble for desk in desks for trouble in desk.troubles] == []
