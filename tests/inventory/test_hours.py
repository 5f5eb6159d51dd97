"""Opening hours as tables: spans over midnight, exceptions, jumps of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.locations import hours
from inventory.locations.hours import Hours, Span


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(text: str) -> Span:
    opens, closes = text.split("-")
    return Span(time.fromisoformat(opens), time.fromisoformat(closes))


SHOP = Hours(
    time_zone="Europe/Paris",
    weekly={
        0: [span("09:00-12:00"), span("14:00-18:00")],
        5: [span("20:00-02:00")],
        6: [span("02:30-05:00")],
    },
    exceptions={date(2026, 1, 5): None, date(2026, 1, 6): span("10:00-11:00")},
)
ALWAYS = Hours(time_zone="Europe/Paris", weekly={day: [span("00:00-00:00")] for day in range(7)})
NEVER = Hours(time_zone="Europe/Paris")
POP_UP = Hours(
    time_zone="Europe/Paris",
    weekly={day: [span("10:00-12:00")] for day in range(7)},
    first_day=date(2026, 6, 1),
    last_day=date(2026, 6, 2),
)


@pytest.mark.parametrize(
    ("calendar", "moment", "open_then", "changes"),
    [
        # Mondays in winter: UTC+1, lunch from twelve to two
        (SHOP, "2026-01-12 07:59", False, "2026-01-12 08:00"),
        (SHOP, "2026-01-12 08:00", True, "2026-01-12 11:00"),
        (SHOP, "2026-01-12 11:00", False, "2026-01-12 13:00"),
        (SHOP, "2026-01-12 16:59", True, "2026-01-12 17:00"),
        # and in summer: UTC+2
        (SHOP, "2026-07-13 07:00", True, "2026-07-13 10:00"),
        # over midnight, from Saturday to Sunday
        (SHOP, "2026-01-17 18:59", False, "2026-01-17 19:00"),
        (SHOP, "2026-01-18 00:30", True, "2026-01-18 01:00"),
        (SHOP, "2026-01-18 01:15", False, "2026-01-18 01:30"),
        # exceptions: closed on a Monday, open on a Tuesday
        (SHOP, "2026-01-05 09:00", False, "2026-01-06 09:00"),
        (SHOP, "2026-01-06 09:30", True, "2026-01-06 10:00"),
        (SHOP, "2026-01-06 10:00", False, "2026-01-10 19:00"),
        # half past two does not occur on 29 March: read with the offset before the jump
        (SHOP, "2026-03-29 01:29", False, "2026-03-29 01:30"),
        (SHOP, "2026-03-29 01:30", True, "2026-03-29 03:00"),
        # Saturday's night is an hour shorter then: two o'clock is the jump itself
        (SHOP, "2026-03-29 00:59", True, "2026-03-29 01:00"),
        # half past two occurs twice on 25 October: the first one counts
        (SHOP, "2026-10-25 00:29", False, "2026-10-25 00:30"),
        (SHOP, "2026-10-25 00:30", True, "2026-10-25 04:00"),
        (ALWAYS, "2026-03-29 01:00", True, None),
        (NEVER, "2026-03-29 01:00", False, None),
        (POP_UP, "2026-05-20 09:00", False, "2026-06-01 08:00"),
        (POP_UP, "2026-06-02 09:00", True, "2026-06-02 10:00"),
        (POP_UP, "2026-06-02 10:00", False, None),
    ],
)
def test_hours_know_whether_it_is_open_and_when_that_changes(calendar, moment, open_then, changes):
    assert hours.is_open(calendar, at(moment)) is open_then
    assert hours.next_change(calendar, at(moment)) == (at(changes) if changes else None)


def test_opening_hours_for_a_date_are_moments_in_order():
    assert hours.opening_hours_for(SHOP, date(2026, 1, 12)) == [
        (at("2026-01-12 08:00"), at("2026-01-12 11:00")),
        (at("2026-01-12 13:00"), at("2026-01-12 17:00")),
    ]
    assert hours.opening_hours_for(SHOP, date(2026, 1, 5)) == []


def test_next_opening_is_now_while_it_is_open():
    assert hours.next_opening(SHOP, at("2026-01-12 09:00")) == at("2026-01-12 09:00")
    assert hours.next_opening(SHOP, at("2026-01-12 12:00")) == at("2026-01-12 13:00")
    assert hours.next_opening(NEVER, at("2026-01-12 12:00")) is None


def test_open_minutes_later_counts_only_opening():
    assert hours.open_minutes_later(SHOP, at("2026-01-12 10:30"), 90) == at("2026-01-12 14:00")
    assert hours.open_minutes_later(NEVER, at("2026-01-12 10:30"), 90) == at("2026-01-12 12:00")


def test_end_of_day_is_the_last_closing_or_midnight():
    assert hours.end_of_day(SHOP, date(2026, 1, 12)) == at("2026-01-12 17:00")
    assert hours.end_of_day(SHOP, date(2026, 1, 17)) == at("2026-01-18 01:00")
    assert hours.end_of_day(SHOP, date(2026, 1, 5)) == at("2026-01-05 23:00")


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe"]),
    spans=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 47), st.integers(0, 47)), min_size=1, max_size=6
    ),
    minutes=st.integers(0, 30 * 365 * 24 * 60),
)
def test_next_change_is_the_first_moment_that_differs(zone, spans, minutes):
    weekly: dict[int, list[Span]] = {}
    for weekday, opens, closes in spans:
        begin, end = time(opens // 2, opens % 2 * 30), time(closes // 2, closes % 2 * 30)
        weekly.setdefault(weekday, []).append(Span(begin, end))
    calendar = Hours(time_zone=zone, weekly=weekly)
    moment = at("2020-01-01 00:00") + timedelta(minutes=minutes)

    change = hours.next_change(calendar, moment)

    if change is None:
        assert hours.is_open(calendar, moment) == hours.is_open(
            calendar, moment + timedelta(days=100)
        )
        return
    before = hours.is_open(calendar, moment)
    assert hours.is_open(calendar, change) is not before
    step = (change - moment) / 20
    assert all(hours.is_open(calendar, moment + step * n) is before for n in range(20))
