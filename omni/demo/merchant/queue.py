"""Today's pickups: in every state, due around the moment at which the demo is begun.

They are told first, so that the stores have something to do while their history is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from inventory.locations.hours import next_opening, opening_hours_for
from inventory.locations.models import Location, Service
from omni.demo.merchant.hours import is_open, work_after
from omni.demo.merchant.plan import Step, Story, people_of, some_goods
from omni.demo.merchant.sites import STORE_CODES
from orders.fulfilment.calendar import Calendar, calendars

# (due in so many minutes, how far it is); the rest on the shelves comes from the days before.
_BUSY = (
    (9, "new"), (21, "accepted"), (-12, "picking"), (34, "picking"), (-180, "here"),
    (-1400, "ready"), (-2200, "delegate"),
)  # fmt: skip
_CALM = ((14, "new"), (-9, "picking"), (38, "accepted"), (-500, "here"), (-1300, "ready"),
         (-2100, "delegate"))  # fmt: skip
_BUSY_STORES = frozenset({"lyon", "paris"})
# What is done of it, and how many minutes of opening after the step before.
_STEPS: dict[str, tuple[tuple[str, int], ...]] = {
    "new": (),
    "accepted": (("accept", 6),),
    "picking": (("accept", 8), ("pick", 70)),
    "ready": (("accept", 7), ("ready", 48)),
    "here": (("accept", 5), ("ready", 55), ("arrive", 0)),
    "delegate": (("accept", 9), ("ready", 62), ("delegate", 40)),
}
# Below this scale there is little of everything.
WHOLE_FROM = 0.1
_SEARCHED = timedelta(days=6)
_ROUNDS = 24


def queue_steps(*, now: datetime, people: int, variants: int, scale: float) -> list[Step]:
    """The steps of today's pickups, each story in order."""
    found: list[Step] = []
    for code in STORE_CODES:
        found += _of_store(code, now=now, people=people, variants=variants, scale=scale)
    return found


def _of_store(
    code: str, *, now: datetime, people: int, variants: int, scale: float
) -> Iterator[Step]:
    store = Location.objects.get(code=code)
    calendar = calendars([store.pk], since=now - 2 * _SEARCHED)[store.pk]
    near = people_of(code, people)
    wanted = _BUSY if code in _BUSY_STORES else _CALM
    for number, (minutes, state) in enumerate(wanted if scale >= WHOLE_FROM else wanted[:2]):
        draw = Random(f"queue:{code}:{number}")  # noqa: S311  nothing secret is drawn
        story = Story(
            key=f"queue:{now.date()}:{code}:{number}",
            kind="pickup",
            person=near[(3 * number + 1) % len(near)],
            store=code,
            goods=some_goods(draw, variants),
            facts={
                "pays": "store" if number % 3 == 2 else "online",
                "channel": "app" if number % 2 else "web",
                "cash": number % 2 == 0,
            },
        )
        placed = _placed_for(calendar, now, minutes)
        yield Step(placed, "place", story)
        done, latest = placed, now - timedelta(minutes=3 + number % 7)
        for act, minutes_later in _STEPS[state]:
            if act == "arrive":
                if is_open(code, now):  # nobody waits at a closed door
                    yield Step(latest, act, story)
                continue
            done = min(work_after(code, done, minutes_later), latest)
            yield Step(done, act, story)


def _placed_for(calendar: Calendar, now: datetime, minutes: int) -> datetime:
    """When it must have been placed to be due so many minutes from now.

    While the store is closed, what lies ahead is due after it opens, and what is late was due
    before it closed.
    """
    due = _base(calendar, now, ahead=minutes >= 0) + timedelta(minutes=minutes)
    early, late = now - _SEARCHED, now - timedelta(minutes=4)
    for _round in range(_ROUNDS):
        middle = early + (late - early) / 2
        if calendar.due_after(middle, Service.PICKUP) <= due:
            early = middle
        else:
            late = middle
    return early


def _base(calendar: Calendar, now: datetime, *, ahead: bool) -> datetime:
    opens = next_opening(calendar.hours, now)
    if opens is None or opens <= now:
        return now
    if ahead:
        return opens
    spans = [
        span
        for days in range(5)
        for span in opening_hours_for(calendar.hours, now.date() - timedelta(days=days))
    ]
    return max((end for _start, end in spans if end <= now), default=now)
