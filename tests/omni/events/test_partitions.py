import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from omni.core import partitions
from omni.core.partitions import ensure_month, ensure_months, month_after

TABLE = "test_diary"


@pytest.fixture
def diary(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {TABLE} (id bigint, at timestamptz, PRIMARY KEY (id, at))"
            " PARTITION BY RANGE (at)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
    for key in [key for key in partitions._known if key[1] == TABLE]:
        partitions._known.discard(key)
    partitions._unsure.clear()


def _months() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            f" WHERE inhparent = '{TABLE}'::regclass ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def test_ensure_month_makes_it_once_also_in_the_past(diary: None) -> None:
    moment = datetime(2010, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

    for _ in range(3):
        with transaction.atomic():
            ensure_month(TABLE, moment)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {TABLE} VALUES (1, %s) ON CONFLICT DO NOTHING", [moment]
                )

    assert _months() == [f"{TABLE}_2010_12"]


def test_ensure_month_takes_the_month_in_utc(diary: None) -> None:
    moment = datetime.fromisoformat("2026-01-01T00:30:00+02:00")

    ensure_month(TABLE, moment)

    assert _months() == [f"{TABLE}_2025_12"]


def test_ensure_month_rolled_back_is_made_again(diary: None) -> None:
    moment = datetime(2026, 5, 5, tzinfo=UTC)
    with transaction.atomic():
        ensure_month(TABLE, moment)
        transaction.set_rollback(True)
    undone = _months()

    ensure_month(TABLE, moment)

    assert undone == []
    assert _months() == [f"{TABLE}_2026_05"]


def test_ensure_month_by_many_writers_at_once(diary: None) -> None:
    start = threading.Barrier(8)
    errors: list[BaseException] = []
    months = [datetime(2026, m, 1, tzinfo=UTC) for m in range(1, 7)]

    def write(number: int) -> None:
        try:
            start.wait()
            with transaction.atomic(), connection.cursor() as cursor:
                ensure_months(TABLE, reversed(months))
                for month in months:
                    cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, %s)", [number, month])
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(_months()) == 6
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")
        assert cursor.fetchone()[0] == 48


def test_ensure_month_asks_nothing_once_it_is_known(
    diary: None, django_assert_num_queries: object
) -> None:
    ensure_month(TABLE, datetime(2026, 5, 5, tzinfo=UTC))

    with django_assert_num_queries(0):  # type: ignore[operator]
        ensure_month(TABLE, datetime(2026, 5, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "after"),
    [
        (datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(seconds=1), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_month_after(moment: datetime, after: datetime) -> None:
    assert month_after(moment) == after
