"""What happens in the three months of the full demo: decided here, done elsewhere. Pure.

A story is one customer's business (a sale, a pickup, a parcel, a call); its steps have moments of
their own. All is drawn with seeds from the day on which the demo was begun and from its scale, so
the same demo is planned again and again, and a filling that was interrupted finds its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

from inventory.locations.models import Service
from omni.demo.merchant.crowd import person
from omni.demo.merchant.hours import BEFORE, PLACES, from_day, opening, work_after, zone_of

DAYS = 91
ORDERS = 1500
# Monday to Sunday, and how much more is sold at the end of the three months than at their start.
WEEK = (0.8, 0.78, 0.9, 1.0, 1.2, 1.65, 0.67)
GROWTH = (0.72, 1.3)
STORE_SHARE = {"lyon": 26, "paris": 25, "london": 18, "berlin": 14, "hamburg": 10, "nice": 7}
HOME_STORE_COUNTRY = {"lyon": "FR", "paris": "FR", "nice": "FR", "berlin": "DE", "hamburg": "DE"}
_TILL_HOURS = (1, 2, 2, 3, 3, 2, 2, 3, 4, 3, 1)  # weight of each hour after the opening
_WEB_HOURS = (0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 4, 4, 5, 4, 3, 3, 3, 4, 5, 6, 8, 8, 5, 2)
TRIES = 12
# Below this scale nothing runs low.
SOLD_OUT_FROM = 0.1
_ON_THE_SHELF = frozenset({"ready", "extend", "delegate", "arrive"})
NEEDS_SHIFT = frozenset({"sell", "collect", "bring_back", "exchange"})


@dataclass(frozen=True, slots=True)
class Story:
    """One customer's business. ``goods`` are (place in the range, units); ``facts`` what else."""

    key: str
    kind: str
    person: int
    store: str
    goods: tuple[tuple[int, int], ...] = ()
    facts: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Something done at a moment, of a story.

    ``turn`` is when it is told: what would run out if it waited (a pickup on its shelf) is told
    late, together with its end, but still bears its own moment.
    """

    at: datetime
    act: str
    story: Story
    turn: datetime | None = None

    @property
    def told_at(self) -> datetime:
        """By which the steps are sorted, and to which day they belong."""
        return self.turn or self.at


@dataclass(frozen=True, slots=True)
class Range:
    """How many customers and variants the demo has."""

    people: int
    variants: int
    scale: float


def steps_by_day(*, until: datetime, size: Range) -> dict[date, list[Step]]:
    """Every step up to this moment, by its day, in order."""
    found: dict[date, list[Step]] = defaultdict(list)
    last = until.date()
    for on, stories in _stories(last, size):
        for story in stories:
            draw = Random(f"steps:{story.key}")  # noqa: S311  nothing secret is drawn
            steps = [step for step in _STEPS[story.kind](story, on, draw) if step.at < until]
            for step in _waiting_with_its_end(steps):
                found[step.told_at.date()].append(step)
    for step in _sold_today(until, size):
        found[last].append(step)
    for on, steps in found.items():
        steps.extend(_shifts(on, steps, until, size))
        steps.sort(key=lambda step: (step.told_at, step.at, step.story.key, step.act))
    return dict(sorted(found.items()))


def _waiting_with_its_end(steps: Sequence[Step]) -> list[Step]:
    """A window that ended in the past would be swept while other stories are told."""
    ends = [step.at for step in steps if step.act in ("collect", "no_show")]
    if not ends:
        return list(steps)
    return [replace(step, turn=ends[0]) if step.act in _ON_THE_SHELF else step for step in steps]


# --- how much, where, by whom ---------------------------------------------------------------------


def _stories(last: date, size: Range) -> Iterator[tuple[date, list[Story]]]:
    first = last - timedelta(days=DAYS)
    days = [first + timedelta(days=number) for number in range(DAYS + 1)]
    weights = [_weight(on, number) for number, on in enumerate(days)]
    told, wanted = 0, 0.0
    for on, weight in zip(days, weights, strict=True):
        wanted += ORDERS * size.scale * weight / sum(weights)
        ago = (last - on).days
        sold = [_story(on, n, size, ago) for n in range(round(wanted) - told)]
        yield on, sold + _calls(on, size, ago) + _errands(on, size)
        told = round(wanted)


def _weight(on: date, number: int) -> float:
    low, high = GROWTH
    wave = 1.12 if on.day >= 25 or on.day <= 3 else 1.0  # wages come at the end of a month
    return WEEK[on.weekday()] * (low + (high - low) * number / DAYS) * wave


def _story(on: date, number: int, size: Range, ago: int) -> Story:
    key = f"{on}:{number}"
    draw = Random(f"story:{key}")  # noqa: S311  nothing secret is drawn
    kind = draw.choices(("till", "pickup", "ship"), (47, 31, 22))[0]
    stores = [code for code in STORE_SHARE if kind != "till" or opening(code, on)]
    store = draw.choices(stores, [STORE_SHARE[code] for code in stores])[0]
    someone, goods = who(draw, size.people, store, ago), some_goods(draw, size.variants)
    return Story(key, kind, someone, store, goods, _ways(draw, kind))


def who(draw: Random, people: int, store: str, days_ago: int = 0) -> int:
    """Somebody of that store who was known by then.

    Few come often: half of all business is with a tenth of them.
    """
    near = people_of(store, people)
    few = near[: max(1, len(near) // 10)]
    for _try in range(TRIES):
        someone = draw.choice(few if draw.random() < 0.5 else near)
        if person(someone).since > days_ago:
            return someone
    return next((each for each in near if person(each).since > days_ago), near[0])


@cache
def people_of(store: str, people: int) -> tuple[int, ...]:
    """Whose store it is, or at least whose country, among so many people."""
    country = HOME_STORE_COUNTRY.get(store, "GB")
    crowd = [person(number) for number in range(people)]
    own = tuple(each.number for each in crowd if each.store == store)
    return own or tuple(each.number for each in crowd if each.country == country) or (0,)


def some_goods(draw: Random, variants: int) -> tuple[tuple[int, int], ...]:
    """What somebody buys: places in the range, and units."""
    lines = draw.choices((1, 2, 3, 4), (52, 30, 13, 5))[0]
    # Some goods sell better than others, and which ones does not follow from their place.
    places = {int(variants * draw.random() ** 1.5) * 7 % variants for _ in range(lines)}
    return tuple((place, draw.choices((1, 2), (9, 1))[0]) for place in sorted(places))


def _ways(draw: Random, kind: str) -> dict[str, Any]:
    """What is particular about it."""
    facts: dict[str, Any] = {
        "channel": "app" if draw.random() < 0.38 else "web",
        "pays": "online" if kind == "ship" or draw.random() < 0.55 else "store",
        "cash": draw.random() < 0.36,
        "known": draw.random() < 0.62,
        "ends": draw.choices(
            ("collected", "late", "delegate", "extended", "no_show", "cancelled", "rejected"),
            (72, 4, 5, 5, 6, 5, 3),
        )[0],
        "back": draw.random() < (0.13 if kind == "till" else 0.22),
        "exchange": draw.random() < 0.35,
        "browsed": draw.random() < 0.6,
        "campaign": draw.choice(("", "", "autumn-knitwear", "rain-days", "new-in")),
        "lost": draw.random() < 0.04,
    }
    return facts


def _calls(on: date, size: Range, ago: int) -> list[Story]:
    """Touches without an order: calls, visits, chats, carts that stay open."""
    draw = Random(f"calls:{on}")  # noqa: S311  nothing secret is drawn
    count = round(11 * size.scale + draw.random() - 0.5)
    kinds = draw.choices(("call", "visit", "chat", "look", "cart"), (3, 4, 3, 5, 2), k=count)
    stores = list(STORE_SHARE)
    found = []
    for n, kind in enumerate(kinds):
        store = draw.choices(stores, list(STORE_SHARE.values()))[0]
        facts = {"channel": "app" if n % 3 else "web", "pick": draw.randrange(1000)}
        someone = who(draw, size.people, store, ago)
        goods = some_goods(draw, size.variants)
        found.append(Story(f"{on}:t{n}", kind, someone, store, goods, facts))
    return found


def _errands(on: date, size: Range) -> list[Story]:
    """What people in the stores are asked to do, and now and then something goes wrong."""
    draw = Random(f"errands:{on}")  # noqa: S311  nothing secret is drawn
    stores = [code for code in STORE_SHARE if opening(code, on)]
    found = []
    for n, (kind, often) in enumerate((("errand", 1.0), ("errand", 0.5), ("mishap", 0.22))):
        if draw.random() < often * min(1, size.scale + 0.25):
            store = draw.choices(stores, [STORE_SHARE[code] for code in stores])[0]
            facts = {"pick": draw.randrange(1000)}
            found.append(Story(f"{on}:e{n}", kind, 0, store, facts=facts))
    return found


def _sold_today(until: datetime, size: Range) -> Iterator[Step]:
    """However quiet the day, every store that is open for a while has sold something."""
    for store, share in STORE_SHARE.items():
        today = until.astimezone(zone_of(store)).date()
        hours = opening(store, today)
        if hours is None or hours[0] + BEFORE >= until:
            continue
        opens, ends = hours[0] + BEFORE / 2, min(hours[1], until)
        passed = (ends - hours[0]) / (hours[1] - hours[0])
        for n in range(1 + round(min(1, 2 * size.scale) * passed * share / 6)):
            key = f"{today}:{store}:{n}"
            draw = Random(f"today:{key}")  # noqa: S311  nothing secret is drawn
            someone, goods = who(draw, size.people, store), some_goods(draw, size.variants)
            story = Story(key, "till", someone, store, goods, _ways(draw, "till"))
            yield Step(opens + (ends - opens) * (n + draw.uniform(0.1, 0.9)) / 6, "sell", story)


# --- when -----------------------------------------------------------------------------------------


def _in_store(draw: Random, store: str, on: date) -> datetime:
    """A moment in which the store is open, on this date or the first open one after it."""
    opens, closes = next(from_day(store, on))
    hour = draw.choices(range(len(_TILL_HOURS)), _TILL_HOURS)[0]
    at = opens + timedelta(hours=hour, minutes=draw.randint(1, 59))
    if store == "nice" and at.hour == 13:
        at += timedelta(hours=1)
    latest = closes - timedelta(minutes=draw.randint(12, 50))
    return min(max(at, opens + timedelta(minutes=12)), latest)


def _online(draw: Random, store: str, on: date) -> datetime:
    zone = zone_of(store)
    hour = draw.choices(range(24), _WEB_HOURS)[0]
    return datetime.combine(on, time(hour, draw.randint(0, 59), draw.randint(0, 59)), zone)


def _work_after(draw: Random, store: str, moment: datetime, minutes: int) -> datetime:
    return work_after(store, moment, minutes, late=draw.randint(5, 25))


# --- what happens in a story ----------------------------------------------------------------------


def _till(story: Story, on: date, draw: Random) -> Iterator[Step]:
    at = _in_store(draw, story.store, on)
    yield Step(at, "sell", story)
    yield from _maybe_back(story, at, draw)


def _pickup(story: Story, on: date, draw: Random) -> Iterator[Step]:
    at = _online(draw, story.store, on)
    ends = story.facts["ends"]
    if story.facts["browsed"]:
        yield Step(at - timedelta(minutes=draw.randint(3, 50)), "browse", story)
    yield Step(at, "place", story)
    if ends == "cancelled":
        yield Step(at + timedelta(minutes=draw.randint(4, 90)), "cancel", story)
        return
    accepted = _work_after(draw, story.store, at, draw.randint(3, 35))
    yield Step(accepted, "reject" if ends == "rejected" else "accept", story)
    if ends == "rejected":
        looked = next(from_day(story.store, accepted.date() + timedelta(days=1)))[0]
        yield Step(looked + timedelta(minutes=draw.randint(15, 120)), "look_into", story)
        accepted += timedelta(minutes=draw.randint(5, 30))
        yield Step(accepted, "accept", story)
    slow = draw.randint(130, 240) if ends == "late" else draw.randint(15, 80)
    ready = _work_after(draw, story.store, accepted, slow)
    yield Step(ready, "ready", story)
    yield from _end_of_pickup(story, ready, draw)


def _end_of_pickup(story: Story, ready: datetime, draw: Random) -> Iterator[Step]:
    ends = story.facts["ends"]
    if ends == "no_show":
        window = PLACES[story.store].services[Service.PICKUP]["window_days"]
        gone = next(from_day(story.store, ready.date() + timedelta(days=window)))[1]
        yield Step(gone + timedelta(minutes=20), "no_show", story)
        back = next(from_day(story.store, gone.date() + timedelta(days=1)))[0]
        yield Step(back + timedelta(minutes=draw.randint(5, 90)), "put_back", story)
        return
    if ends == "extended":
        yield Step(ready + timedelta(days=2), "extend", story)
    if ends == "delegate":
        yield Step(ready + timedelta(hours=3), "delegate", story)
    days = draw.choices((0, 1, 2, 3), (45, 32, 15, 8))[0] + (4 if ends == "extended" else 0)
    at = _in_store(draw, story.store, ready.date() + timedelta(days=days))
    if at <= ready:
        at = _work_after(draw, story.store, ready, draw.randint(20, 150))
    if draw.random() < 0.2:
        yield Step(at - timedelta(minutes=4), "arrive", story)
    yield Step(at, "collect", story)
    yield from _maybe_back(story, at, draw)


def _ship(story: Story, on: date, draw: Random) -> Iterator[Step]:
    at = _online(draw, story.store, on)
    if story.facts["browsed"]:
        yield Step(at - timedelta(minutes=draw.randint(3, 50)), "browse", story)
    yield Step(at, "place", story)
    if story.facts["ends"] == "cancelled":
        yield Step(at + timedelta(minutes=draw.randint(4, 60)), "cancel", story)
        return
    sent = at.replace(hour=draw.randint(10, 16), minute=draw.randint(0, 59)) + timedelta(days=1)
    while sent.weekday() == 6:
        sent += timedelta(days=1)
    yield Step(sent, "send", story)
    arrived = sent + timedelta(days=draw.randint(1, 3), hours=draw.randint(-3, 2))
    if story.facts["lost"]:
        yield Step(arrived, "attempt", story)
        arrived += timedelta(days=1)
    yield Step(arrived, "deliver", story)
    yield from _maybe_back(story, arrived, draw)


def _maybe_back(story: Story, since: datetime, draw: Random) -> Iterator[Step]:
    """Some of it comes back, often to another store than it came from."""
    if not story.facts["back"]:
        return
    country = HOME_STORE_COUNTRY.get(story.store, "GB")
    near = [code for code in STORE_SHARE if HOME_STORE_COUNTRY.get(code, "GB") == country]
    store = draw.choice(near)
    at = _in_store(draw, store, since.date() + timedelta(days=draw.randint(1, 11)))
    again = Story(f"{story.key}:back", "back", story.person, store, story.goods,
                  {**story.facts, "of": story.key, "sold_at": since,
                   "sold_in": story.store})  # fmt: skip
    act = "exchange" if story.facts["exchange"] and story.kind == "till" else "bring_back"
    yield Step(at, act, again)


def _errand(story: Story, on: date, draw: Random) -> Iterator[Step]:
    yield Step(_in_store(draw, story.store, on), story.kind, story)


def _touch(story: Story, on: date, draw: Random) -> Iterator[Step]:
    if story.kind in ("call", "visit"):
        yield Step(_in_store(draw, story.store, on), "note", story)
    elif story.kind == "chat":
        yield Step(_online(draw, story.store, on), "chat", story)
    else:
        yield Step(_online(draw, story.store, on), "browse", story)
        if story.kind == "cart":
            yield Step(_online(draw, story.store, on) + timedelta(minutes=3), "fill_cart", story)


_STEPS = {
    "till": _till,
    "pickup": _pickup,
    "ship": _ship,
    **dict.fromkeys(("call", "visit", "chat", "look", "cart"), _touch),
    **dict.fromkeys(("errand", "mishap"), _errand),
}


def _shifts(on: date, steps: Sequence[Step], until: datetime, size: Range) -> Iterator[Step]:
    """Where the till has something to do, its shift: opened in the morning, closed at night.

    Goods arrive on Tuesdays and Fridays, before the doors open.
    """
    for store in STORE_SHARE:
        hours = opening(store, on)
        if hours is None:
            continue
        story = Story(f"{on}:{store}", "shift", 0, store)
        has_work = any(step.act in NEEDS_SHIFT and step.story.store == store for step in steps)
        # Today is told on the first till, which stays open.
        if has_work and on < until.astimezone(zone_of(store)).date():
            yield Step(hours[0] - BEFORE, "open", story)
            yield Step(hours[1] + timedelta(minutes=25), "close", story)
            yield Step(hours[1] + timedelta(minutes=50), "close_day", story)
        if on.weekday() in (1, 4) and hours[0] < until and size.scale >= SOLD_OUT_FROM:
            yield Step(hours[0] - timedelta(minutes=50), "restock", story)
