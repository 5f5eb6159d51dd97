"""When people of the demo work: moments near an hour at which nobody may be there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from omni.core import clock
from omni.demo.merchant import hours
from omni.demo.merchant.stage import at

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 14, 30, tzinfo=PARIS)
EVENING = MONDAY.replace(hour=22)
SUNDAY = MONDAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "minutes", "expected"),
    [
        (MONDAY, -60, "Mon 13:30"),
        (MONDAY, -600, "Mon 09:20"),
        (MONDAY, 60, "Mon 15:30"),
        (MONDAY, 600, "Mon 19:00"),
        (EVENING, -60, "Mon 18:00"),
        (EVENING, 60, "Tue 10:30"),
        (SUNDAY, -60, "Sat 19:00"),
        (SUNDAY, 0, "Mon 09:30"),
        (MONDAY.replace(hour=7), -30, "Sat 19:30"),
        (MONDAY.replace(hour=7), 30, "Mon 10:00"),
    ],
)
def test_near_is_a_moment_at_which_the_store_works(
    now: datetime, minutes: int, expected: str
) -> None:
    moment = hours.near("lyon", now, minutes)

    assert moment.astimezone(PARIS).strftime("%a %H:%M") == expected
    assert moment <= now or minutes >= 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MONDAY, "Mon 09:20"),
        (EVENING, "Mon 09:20"),
        (MONDAY.replace(hour=7), "Mon 07:05"),
        (SUNDAY, "Sun 14:05"),
        (SUNDAY.replace(hour=0, minute=10), "Sun 00:01"),
    ],
)
def test_begins_today_opens_the_till_on_the_day_itself(now: datetime, expected: str) -> None:
    moment = hours.begins_today("lyon", now)

    assert moment.astimezone(PARIS).strftime("%a %H:%M") == expected


def test_work_after_waits_for_the_doors() -> None:
    assert hours.work_after("lyon", MONDAY, 45) == MONDAY + timedelta(minutes=45)
    next_day = hours.work_after("lyon", EVENING, 45, late=12).astimezone(PARIS)
    assert next_day.strftime("%a %H:%M") == "Tue 09:42"
    assert hours.work_after("lyon", SUNDAY, 5).astimezone(PARIS).strftime("%a %H:%M") == "Mon 09:50"


@pytest.mark.django_db
def test_at_counts_alone_within_another_moment() -> None:
    earlier, later = datetime(2026, 9, 1, 9, tzinfo=UTC), datetime(2026, 9, 2, 11, tzinfo=UTC)

    with at(earlier), at(later):
        seen = clock.now()

    assert abs(seen - later) < timedelta(seconds=30)
