"""A start asks whether the database has every migration before it runs the command."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from omni.local.migrated import is_migrated

pytestmark = pytest.mark.django_db


def test_is_migrated_sees_one_that_is_left() -> None:
    whole = is_migrated()
    last = MigrationLoader(connection).graph.leaf_nodes("omni")[0]
    MigrationRecorder(connection).record_unapplied(*last)

    assert whole
    assert not is_migrated()


def test_is_migrated_knows_an_empty_database() -> None:
    MigrationRecorder.Migration.objects.all().delete()

    assert not is_migrated()
