"""Today's pickups: in every state, due around the moment at which the demo is begun.

They are told first, so that the stores have something to do while their history is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from inventory.locations.hours import next_opening, opening_hours_for
from inventory.locations.models import Location, Service
from omni.demo.merchant.plan import Step, Story, people_of
from omni.demo.merchant.sites import STORE_CODES
from orders.fulfilment.calendar import Calendar, calendars

# (store of the lesson or any, due in so many minutes, how far it is, what else)
_BUSY = (
    (-26, "new"), (9, "new"), (52, "new"), (95, "new"),
    (21, "accepted"), (-8, "picking"), (14, "picking"),
    (-150, "ready"), (-320, "here"), (-60, "ready"), (-1500, "ready"), (-2900, "delegate"),
    (-200, "here"), (-4300, "ready"),
)  # fmt: skip
_CALM = ((-11, "new"), (38, "new"), (17, "picking"), (-130, "ready"), (-240, "here"),
         (-1600, "ready"))  # fmt: skip
_BUSY_STORES = frozenset({"lyon", "paris"})
_STEPS = {
    "new": (),
    "accepted": ("accept",),
    "picking": ("accept", "pick"),
    "ready": ("accept", "ready"),
    "here": ("accept", "ready", "arrive"),
    "delegate": ("accept", "ready", "delegate"),
}
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
    for number, (minutes, state) in enumerate(wanted if scale >= 0.5 else wanted[:2]):
        draw = Random(f"queue:{code}:{number}")  # noqa: S311  nothing secret is drawn
        places = draw.sample(range(variants), k=min(variants, draw.choice((1, 1, 2, 3))))
        story = Story(
            key=f"queue:{now.date()}:{code}:{number}",
            kind="pickup",
            person=near[(3 * number + 1) % len(near)],
            store=code,
            goods=tuple((place, 1) for place in places),
            facts={
                "pays": "store" if number % 3 == 2 else "online",
                "channel": "app" if number % 2 else "web",
                "cash": number % 2 == 0,
            },
        )
        placed = _placed_for(calendar, now, minutes)
        yield Step(placed, "place", story)
        acts = _STEPS[state]
        for place, act in enumerate(acts, start=1):
            at = now - timedelta(minutes=3 + number % 7)
            if act != "arrive":
                at = min(at, placed + (now - placed) * place / (len(acts) + 2))
            yield Step(at, act, story)


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
