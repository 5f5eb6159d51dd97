"""What the acts of the full demo need at hand: goods, stores, staff and customers, read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import NAMESPACE_URL, UUID, uuid5

from inventory.catalog.models import Variant
from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.access.actor import Actor
from omni.core import clock
from omni.demo.merchant import crowd, goods, places, sites
from omni.demo.merchant.hours import zone_of
from omni.demo.merchant.people import colleague_actor
from omni.demo.merchant.plan import Story
from orders.checkout.models import Cart
from orders.pos.models import LIVE_SHIFTS, Register, Shift, ShiftStatus
from orders.sales.models import Order

CLERK, KEY_HOLDER, MANAGER = range(3)
_NEAR = timedelta(seconds=20)


@dataclass
class Stage:
    """The house as the acts see it. ``variants`` stand in the order of their SKU."""

    people: dict[int, UUID]
    variants: list[tuple[UUID, str]] = field(default_factory=list)
    locations: dict[str, Location] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    registers: dict[str, Register] = field(default_factory=dict)
    first_tills: dict[str, Register] = field(default_factory=dict)
    began: datetime | None = None
    codes: dict[UUID, str] = field(default_factory=dict)
    orders: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def of(cls, people: int, began: datetime | None = None) -> Stage:
        """Read from the database. ``began``: from that day on all is rung up at the first tills."""
        made = cls(crowd.customers_of(range(people)), began=began)
        last_unit = goods.LAST_UNIT[0]
        rows = Variant.objects.exclude(sku=last_unit).order_by("sku")
        made.variants = list(rows.values_list("pk", "product__slug"))
        made.locations = {each.code: each for each in sites.all_locations()}
        made.codes = {each.pk: code for code, each in made.locations.items()}
        made.channels = {each.code: each for each in Channel.objects.all()}
        # History is told on the second till of each store: the first is for whoever tries it.
        for number, tills in ((1, made.first_tills), (sites.SECOND_TILL, made.registers)):
            names = [f"{code}-{number}" for code in sites.STORE_CODES]
            found = Register.objects.filter(code__in=names).select_related("location", "channel")
            tills.update((each.location.code, each) for each in found)
        return made

    def variant(self, place: int) -> UUID:
        """The variant at this place of the range."""
        return self.variants[place % len(self.variants)][0]

    def crew(self, store: str, rank: int = CLERK) -> Actor:
        """Somebody who works there, by what they may do."""
        return _colleague(sites.CREWS[store][rank])

    def crew_at(self, location_id: UUID, rank: int = CLERK) -> Actor:
        """The same by the location."""
        return self.crew(self.codes[location_id], rank)

    def channel_of(self, story: Story) -> Channel:
        """Where an online order of this story is placed."""
        wanted = places.TRADE if story.store == "london" else story.facts.get("channel", places.WEB)
        return self.channels[wanted]

    def order_of(self, key: str) -> Order | None:
        """The order of a story that was placed online."""
        order_id = self.order_id_of(key)
        found: Order | None = Order.objects.filter(pk=order_id).first() if order_id else None
        return found

    def order_id_of(self, key: str) -> UUID | None:
        """The same by its id, remembered once it is known: devices have no index."""
        known = self.orders.get(key)
        if known is None:
            carts = Cart.objects.filter(device_id=str(device_of(key)), order_id__isnull=False)
            known = carts.values_list("order_id", flat=True).first()
            if known is not None:
                self.orders[key] = known
        return known

    def shift(self, store: str, moment: datetime) -> Shift | None:
        """The open shift in which what is sold at this moment is rung up."""
        found: Shift | None = Shift.objects.filter(
            register=self._till(store, moment), status=ShiftStatus.OPEN
        ).first()
        return found

    def _till(self, store: str, moment: datetime) -> Register:
        zone = zone_of(store)
        if self.began and moment.astimezone(zone).date() >= self.began.astimezone(zone).date():
            return self.first_tills[store]
        return self.registers[store]

    def live_shift(self, store: str) -> Shift | None:
        """A shift there that is not over, whoever opened it."""
        live = Shift.objects.filter(register=self.registers[store], status__in=LIVE_SHIFTS)
        found: Shift | None = live.first()
        return found


@cache
def _colleague(name: str) -> Actor:
    return colleague_actor(name)


def device_of(key: str) -> UUID:
    """The device on which a story happens."""
    return uuid5(NAMESPACE_URL, f"https://atelier-nord.example/story/{key}")


def sale_of(location: Location, at: datetime) -> Order | None:
    """The sale that was rung up in a store at this moment."""
    found: Order | None = (
        Order.objects.filter(location=location, placed_at__range=(at, at + _NEAR))
        .order_by("placed_at")
        .first()
    )
    return found


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock stands at this moment, and runs on. The machine's clock is the database's here.

    Within another such moment only this one counts.
    """
    with clock.moved(by=moment - datetime.now(UTC) - clock.offset()):
        yield
