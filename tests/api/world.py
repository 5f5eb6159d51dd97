"""A world in which every principal owns canaries in rows of every kind."""

from __future__ import annotations

from inventory.locations.models import Location
from omni.events import operations as events
from tests.api.callers import add_callers
from tests.api.canaries import Caller, Ids, World
from tests.api.people import add_guest, add_person
from tests.api.places import add_papers, add_store, add_webhooks, add_work
from tests.factories.inventory import make_product, make_variant, stock_up
from tests.factories.orders import make_tax_rate

__all__ = ["Caller", "Ids", "World", "build", "more_of_nice"]


def build() -> World:
    """The world: Lyon sells in channel A, Nice in channel B; head office sees both."""
    world = World()
    make_tax_rate()
    with world.party("shared"):
        shared = make_variant(product=make_product(name="Shared"))
    for name, channel in (("lyon", "web-a"), ("nice", "web-b")):
        add_store(world, name, channel, shared)
    add_person(world, "eve", "lyon", "web-a")
    add_person(world, "dan", "nice", "web-b")
    add_guest(world, "gil", "lyon", "web-a")
    add_guest(world, "gus", "nice", "web-b")
    with world.party("head"):
        world.ids["head"] = add_webhooks()
        add_papers()
    events.drain()
    world.keep_for("head")
    add_callers(world)
    return world


def more_of_nice(world: World) -> None:
    """Another guest, another delivery and more work at the store in Nice."""
    add_guest(world, "guy", "nice", "web-b")
    with world.party("nice"):
        add_work("nice", Location.objects.get(pk=world.ids["nice"]["location"]))
        stock_up(make_variant(), Location.objects.get(pk=world.ids["nice"]["location"]), 5)
    events.drain()
