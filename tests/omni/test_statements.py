"""The cursor of hot statements: places of both kinds, long texts, types, and errors of Django."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from omni.core.statements import _numbered, hot_cursor

pytestmark = pytest.mark.django_db

KEY = UUID("0198f0a0-0000-7000-8000-000000000001")


def asked(statement, values=None):
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def test_values_by_name_and_by_place():
    assert asked("SELECT %(a)s::int, %(b)s::text, %(a)s::int + 1", {"b": "x", "a": 4, "c": 0}) == (
        4,
        "x",
        5,
    )
    assert asked("SELECT %s::int, %s::text", [4, "x"]) == (4, "x")
    assert asked("SELECT %s::text LIKE 'a%%'", ["ab"]) == (True,)
    assert asked("SELECT 7 %% 4, %(a)s::int", {"a": 1}) == (3, 1)
    assert asked("SELECT 'a%'") == ("a%",)


def test_a_value_that_is_missing_is_named():
    with pytest.raises(KeyError, match="b"):
        asked("SELECT %(a)s::int, %(b)s::int", {"a": 1})


def test_values_come_back_in_their_types():
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)

    row = asked(
        "SELECT %s::uuid, %s::timestamptz, 1.50::numeric, ARRAY['a', 'b'], NULL, '[1]'::jsonb",
        [KEY, moment],
    )

    assert row == (KEY, moment, Decimal("1.50"), ["a", "b"], None, "[1]")


def test_a_long_statement_is_read_once_and_prepared_as_a_short_one_is():
    def prepared() -> int:
        found = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
        return asked(found, [like])[0]

    filler = " ".join(f"/* {number:06} */" for number in range(500))
    like = "SELECT $1::int AS long%"
    assert prepared() == 0
    before = _numbered.cache_info()

    for number in range(3):
        assert asked(f"SELECT %(a)s::int AS long {filler}", {"a": number}) == (number,)

    after = _numbered.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)
    assert prepared() == 1


def test_errors_are_those_of_django():
    with transaction.atomic(), pytest.raises(IntegrityError), transaction.atomic():
        asked("INSERT INTO omni_channel_key (id) VALUES (%s)", [KEY])
    assert connection.is_usable()
