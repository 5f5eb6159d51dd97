"""Each invariant of stock finds the corruption that it is there for, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from inventory.stock import operations as stock
from inventory.stock.models import Reservation, StockBucket, StockLevel, StockMovement
from omni.access.actor import SYSTEM
from omni.audit import runner
from omni.core import clock
from omni.work.models import Incident
from tests.factories.inventory import make_location, make_variant, stock_up
from tests.inventory.stock_cases import commit_for, hold_for, wanted

pytestmark = pytest.mark.django_db

CODES = ("S1", "S2", "S3", "S4", "S7", "S14")


@pytest.fixture
def lively_stock():
    """Stock with everything in it that may be: claims, buckets, a shortfall, goods that left."""
    variant, lyon, line = make_variant(), make_location(), uuid4()
    stock_up(variant, lyon, 9)
    hold_for(uuid4(), wanted(variant, lyon, 1))
    commit_for(uuid4(), wanted(variant, lyon, 4, reference=line))
    stock.consume(order_line_quantities=[(line, 1)], reference="p:1", actor=SYSTEM)
    stock.move_bucket(
        variant_id=variant.pk,
        location_id=lyon.pk,
        quantity=2,
        to_bucket="damaged",
        reference="b:1",
        actor=SYSTEM,
    )
    stock.correct(
        variant_id=variant.pk,
        location_id=lyon.pk,
        counted=4,
        reason="count",
        reference="c:1",
        actor=SYSTEM,
    )
    return StockLevel.objects.get()


def offenders() -> dict[str, int]:
    return {
        finding.invariant.code: finding.count or finding.error
        for finding in runner.run(only=CODES)
        if not finding.is_clean
    }


def corrupt(**values):
    """Past the operations, as a wrong hand in the database would."""
    StockLevel.objects.update(**values)


def drop(constraint: str, table: str = "inventory_stocklevel") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with waiting checks is in use
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')


def test_audit_is_clean_over_lively_stock(lively_stock):
    assert lively_stock.shortfall == 2
    assert offenders() == {}


def test_audit_s1_finds_a_level_that_drifted(lively_stock):
    corrupt(on_hand=lively_stock.on_hand + 1)

    assert offenders() == {"S1": 1}


def test_audit_s2_finds_units_blocked_for_nobody(lively_stock):
    Reservation.objects.filter(status="held").update(status="released")

    assert offenders() == {"S2": 1}


def test_audit_s3_finds_promises_without_goods(lively_stock):
    drop("level_promises_covered")
    drop("level_on_hand_covered")
    corrupt(shortfall=1)

    assert offenders() == {"S3": 1}


def test_audit_s3_finds_a_shortfall_that_nobody_was_told_of(lively_stock):
    Incident.objects.all().delete()

    assert offenders() == {"S3": 1}


def test_audit_s4_finds_holds_that_are_not_swept(lively_stock):
    moment = clock.now() - timedelta(minutes=3)
    Reservation.objects.filter(status="held").update(expires_at=moment)

    assert offenders() == {"S4": 1}
    stock.expire_holds()
    assert offenders() == {}


def test_audit_s7_finds_a_cause_booked_twice(lively_stock):
    drop("movement_reference_once", "inventory_stockmovement")
    twin = StockMovement.objects.get(reference="p:1")
    twin.pk = None
    twin.save()
    corrupt(on_hand=lively_stock.on_hand - 1, shortfall=lively_stock.shortfall + 1)

    assert offenders() == {"S7": 1}


def test_audit_s14_finds_a_bucket_that_drifted(lively_stock):
    StockBucket.objects.update(quantity=1)

    assert offenders() == {"S14": 1}
