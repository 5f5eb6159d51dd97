"""Which days a period means, and which it is held against."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from omni.console import periods

MONDAY = date(2026, 11, 23)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("name", "first", "last", "before"),
    [
        ("7d", "2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15")),
        ("today", "2026-11-23", "2026-11-23", ("2026-11-16", "2026-11-16")),
        ("last-week", "2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15")),
        ("month", "2026-11-01", "2026-11-23", ("2026-10-01", "2026-10-23")),
        ("last-month", "2026-10-01", "2026-10-31", ("2026-09-01", "2026-09-30")),
        ("12w", "2026-08-31", "2026-11-22", ("2026-06-08", "2026-08-30")),
        ("no such period", "2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15")),
    ],
)
def test_period_is_held_against_as_many_days(name, first, last, before):
    found = periods.period(name, today=MONDAY)

    assert (str(found.first), str(found.last)) == (first, last)
    assert (str(found.before_first), str(found.before_last)) == before


def test_short_month_before_ends_with_itself():
    found = periods.period("month", today=date(2026, 3, 31))

    assert (found.before_first, found.before_last) == (date(2026, 2, 1), date(2026, 2, 28))


def test_year_before_begins_on_the_same_weekday():
    found = periods.period("7d", today=MONDAY, against="year")

    assert found.before_first.weekday() == found.first.weekday()
    assert (found.first - found.before_first).days == 364


def test_what_lasts_until_now_is_held_against_what_lasted_as_long():
    now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    today, before = periods.period("today", today=MONDAY).spans(now, PARIS)

    assert today.until == now
    assert before.until == datetime(2026, 11, 16, 9, 30, tzinfo=UTC)


def test_whole_days_end_by_the_clock_of_each_store():
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    week, before = periods.period("last-week", today=MONDAY).spans(now, PARIS)

    assert week.until == now
    assert before.until == datetime(2026, 11, 16, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-11-02", "2026-11-01"), ("x", "2026-11-01"), ("1000-01-01", "2026-11-01"), ("", "")],
)
def test_days_that_are_none_are_refused(first, last):
    assert periods.own_days(first, last) is None


def test_buckets_name_each_week_and_month_once():
    days = periods.period("12w", today=MONDAY).days

    assert len(periods.buckets(days, "week")) == 12
    assert [str(each) for each in periods.buckets(days, "month")] == [
        "2026-08-01",
        "2026-09-01",
        "2026-10-01",
        "2026-11-01",
    ]
