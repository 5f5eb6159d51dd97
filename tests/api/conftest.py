"""The API as a whole, walked and fuzzed: a world of rows, the provider as its own process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.world import World, build
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import psp, psp_process, receiver

__all__ = ["psp", "psp_process", "receiver"]


@pytest.fixture
def world(db: None, settings: Any, psp: PspProcess) -> World:
    """Two stores, two channels, customers, guests and staff, each with rows of every kind."""
    settings.API_REQUESTS_PER_MINUTE = 0
    settings.WEBHOOK_ALLOW_PRIVATE = True
    return build()
