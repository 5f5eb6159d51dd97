"""One world for all rows: built once per worker, every row's traces are rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.api.world import World, build
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver
from tests.orders.payments.conftest import psp_process, receiver

__all__ = ["psp_process", "receiver"]


@pytest.fixture(scope="package")
def bad_world(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    psp_process: PspProcess,
    receiver: Receiver,
) -> Iterator[World]:
    """The world of rows of every kind, with the provider well."""
    psp_process.set_faults(hang_seconds=0)
    receiver.received.clear()
    provider = {"PSP_URL": psp_process.url, "PSP_API_KEY": API_KEY, "PSP_WEBHOOK_SECRET": SECRET}
    with (
        django_db_blocker.unblock(),
        override_settings(API_REQUESTS_PER_MINUTE=0, WEBHOOK_ALLOW_PRIVATE=True, **provider),
    ):
        block = transaction.atomic()
        block._from_testcase = True  # durable blocks may begin within
        with block:
            yield build()
            transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(bad_world: World) -> None:
    """In place of pytest-django's transaction for each test: the world's goes around all."""
