"""Whose name the history bears: that of the page, and of nothing that follows it."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from omni.access.actor import Actor
from omni.access.authorship import signed_by
from omni.access.models import Role
from omni.core.ids import uuid7

pytestmark = pytest.mark.django_db

SETTING = "SELECT current_setting('pghistory.context_metadata', true)"


def _signed() -> str:
    with connection.cursor() as cursor:
        cursor.execute(SETTING)
        return cursor.fetchone()[0] or ""


def test_what_a_transaction_writes_afterwards_does_not_bear_the_name() -> None:
    ada, ben = (Actor(kind="staff", user_id=uuid7()) for _ in range(2))

    with signed_by(ada):
        Role.objects.create(code="first", name="First")
        assert ada.principal in _signed()
        with signed_by(ben):
            Role.objects.create(code="second", name="Second")
            assert ben.principal in _signed()
        assert ada.principal in _signed()

    assert _signed() == ""


def test_table_of_djangos_own_sessions_ends() -> None:
    migration = import_module("omni.migrations.0014_django_sessions_end").Migration
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_session (session_key text)")
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('sessions', '0001_initial', now())"
        )

        for statement in migration.operations[0].sql:
            cursor.execute(statement)

        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'sessions'")
        assert cursor.fetchone() == (0,)
    assert "django_session" not in connection.introspection.table_names()
