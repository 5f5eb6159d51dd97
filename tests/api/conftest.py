"""The API as a whole, walked and fuzzed: a world of rows, the provider as its own process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.api.walk import undone
from tests.api.world import World, build
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver
from tests.orders.payments.conftest import psp_process, receiver

__all__ = ["psp_process", "receiver"]


@pytest.fixture(scope="package")
def built_world(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    psp_process: PspProcess,
    receiver: Receiver,
) -> Iterator[World]:
    """Two stores, two channels, customers, guests and staff, each with rows of every kind.

    Built once, with the provider well, in a transaction around all tests that is rolled back.
    """
    psp_process.set_faults(hang_seconds=0)
    receiver.received.clear()
    provider = {"PSP_URL": psp_process.url, "PSP_API_KEY": API_KEY, "PSP_WEBHOOK_SECRET": SECRET}
    with (
        django_db_blocker.unblock(),
        override_settings(API_REQUESTS_PER_MINUTE=0, WEBHOOK_ALLOW_PRIVATE=True, **provider),
        undone(),
    ):
        with connection.cursor() as cursor:  # a test may take its time between two statements
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield build()


@pytest.fixture
def _django_db_helper(built_world: World) -> Iterator[None]:
    """In place of pytest-django's transaction, which would close the connection after each test:
    a savepoint in the transaction of the world."""
    with undone():
        yield


@pytest.fixture
def world(db: None, built_world: World) -> World:
    """The world for one test, which may sign in, sign out and add to it."""
    return built_world.copy()
