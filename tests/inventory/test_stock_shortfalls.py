"""A shortfall is an incident as long as it lasts."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.stock import operations as stock
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.work.models import Incident
from tests.factories.inventory import make_location, make_variant, stock_up
from tests.inventory.stock_cases import (
    assert_books_add_up,
    commit_for,
    counters,
    wanted,
)

pytestmark = pytest.mark.django_db


def arrival(variant, location, quantity):
    return stock.StockArrival(variant.pk, location.pk, quantity)


def fallen_short(variant, lyon):
    """Four are promised, one is there; the incident is open."""
    stock_up(variant, lyon, 5)
    order_id, line = uuid4(), wanted(variant, lyon, 4)
    commit_for(order_id, line)
    place = {"variant_id": variant.pk, "location_id": lyon.pk}
    stock.correct(**place, counted=1, reason="count", reference="c:1", actor=SYSTEM)
    assert Incident.objects.get().status == "open"
    return order_id, line


def test_put_that_makes_a_shortfall_good_closes_its_incident():
    variant, lyon = make_variant(), make_location()
    fallen_short(variant, lyon)

    stock.put(lines=[arrival(variant, lyon, 2)], reference="r:1", actor=SYSTEM)
    half = Incident.objects.get().status
    stock.put(lines=[arrival(variant, lyon, 1)], reference="r:2", actor=SYSTEM)

    assert half == "open"
    assert counters(variant, lyon) == (4, 0, 4, 0, 0)
    incident = Incident.objects.get()
    assert (incident.status, incident.decision) == ("closed", "made_good")
    assert_books_add_up()


def test_release_that_makes_a_shortfall_good_closes_its_incident():
    variant, lyon = make_variant(), make_location()
    order_id, _line = fallen_short(variant, lyon)

    stock.release(owner_kind="order", owner_id=order_id, reason="cancelled", actor=SYSTEM)

    assert counters(variant, lyon) == (1, 0, 0, 0, 0)
    assert Incident.objects.get().status == "closed"
    assert_books_add_up()


def test_release_of_some_units_closes_the_incident_once_nothing_lacks():
    variant, lyon = make_variant(), make_location()
    _order_id, line = fallen_short(variant, lyon)
    stock.release_lines(
        order_line_quantities=[(line.reference, 2)], reason="cancelled", actor=SYSTEM
    )
    one_lacks = Incident.objects.get().status

    stock.release_lines(
        order_line_quantities=[(line.reference, 1)], reason="cancelled", actor=SYSTEM
    )

    assert one_lacks == "open"
    assert counters(variant, lyon) == (1, 0, 1, 0, 0)
    assert Incident.objects.get().status == "closed"


def test_a_new_shortfall_opens_a_new_incident():
    variant, lyon = make_variant(), make_location()
    fallen_short(variant, lyon)
    stock.put(lines=[arrival(variant, lyon, 3)], reference="r:1", actor=SYSTEM)

    stock.take(lines=[wanted(variant, lyon, 1)], reference="off:1", actor=SYSTEM, force=True)

    assert sorted(Incident.objects.values_list("status", flat=True)) == ["closed", "open"]
    assert_books_add_up()


def test_hold_that_expires_and_makes_a_shortfall_good_closes_its_incident():
    variant, lyon = make_variant(), make_location()
    stock_up(variant, lyon, 2)
    stock.hold(
        lines=[wanted(variant, lyon, 2)],
        owner_kind="cart",
        owner_id=uuid4(),
        expires_at=clock.now() + timedelta(minutes=15),
        actor=SYSTEM,
    )
    place = {"variant_id": variant.pk, "location_id": lyon.pk}
    stock.correct(**place, counted=1, reason="count", reference="c:1", actor=SYSTEM)
    assert Incident.objects.get().status == "open"

    with clock.moved(by=timedelta(minutes=16)):
        stock.expire_holds()

    assert counters(variant, lyon) == (1, 0, 0, 0, 0)
    assert Incident.objects.get().status == "closed"
