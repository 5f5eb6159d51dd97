"""The world of rows of every kind, for all rows of the tables; every row's traces are undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.world import World


@pytest.fixture
def bad_world(world: World, settings: Any) -> World:
    """The world with the provider well; webhooks go to public addresses alone."""
    settings.WEBHOOK_ALLOW_PRIVATE = False
    return world
