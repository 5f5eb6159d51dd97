"""The demo merchant: complete, the same when made again, and sound."""

from __future__ import annotations

import re
from io import StringIO
from time import monotonic
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client

from inventory.catalog.models import Listing, Media, Product, Variant
from inventory.channels.models import Channel
from inventory.locations.models import Location
from inventory.stock.models import StockMovement
from journeys.timeline.models import Interaction
from omni.access import operations as access
from omni.access.actor import SYSTEM
from omni.access.models import ApiKey, ChannelKey, User
from omni.audit import runner
from omni.core import clock
from omni.core.secrets import digest
from omni.demo.merchant import people, seed
from omni.events import operations as events
from omni.events.models import StoredEvent
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder
from orders.pos.models import JournalEntry, Shift
from orders.pricing.queries import countries_without_tax
from orders.sales.models import Order

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    models = [m for m in apps.get_models() if m._meta.app_label in ("omni", "inventory")]
    models += [Order, FulfilmentOrder, JournalEntry, Shift, Interaction]
    return {m.__name__: m.objects.count() for m in models if m is not StoredEvent}


def test_demo_makes_a_complete_merchant_in_time() -> None:
    began = monotonic()

    call_command("demo")

    assert monotonic() - began < 15
    kinds = sorted(Channel.objects.values_list("kind", flat=True))
    assert kinds == ["app", "store", "store", "web", "web"]
    assert set(Channel.objects.values_list("currency", "tax_display")) >= {
        ("EUR", "gross"),
        ("GBP", "net"),
    }
    assert Location.objects.count() == 3
    assert Location.objects.values("time_zone").distinct().count() == 2
    assert (Product.objects.count(), Variant.objects.count()) == (12, 30)
    assert Listing.objects.count() == 150
    assert Media.objects.count() == 24
    fulfilments = set(FulfilmentOrder.objects.values_list("status", flat=True))
    assert fulfilments == {"new", "accepted", "ready", "handed_over", "cancelled"}
    assert set(Order.objects.values_list("return_status", flat=True)) == {"none", "partly_returned"}


def test_demo_made_again_changes_nothing() -> None:
    call_command("demo")
    before, told = counts(), StoredEvent.objects.count()

    call_command("demo")

    assert counts() == before
    assert StoredEvent.objects.count() == told


def test_demo_is_the_same_on_every_machine() -> None:
    call_command("demo")

    opened = StockMovement.objects.filter(kind="opening", level__variant__sku="MERINO-NAVY-M")
    assert dict(opened.values_list("level__location__code", "quantity")) == {
        "lyon": 13,
        "nice": 22,
        "london": 11,
    }


def test_demo_keeps_every_invariant() -> None:
    call_command("demo")
    events.drain()

    findings = runner.run()

    assert [each for each in findings if not each.is_clean] == []


def test_demo_goes_on_where_it_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "LIVING", seed.LIVING[:2])
    call_command("demo")
    monkeypatch.undo()

    call_command("demo")

    assert JournalEntry.objects.filter(kind="sale").count() == 2


def test_demo_made_again_leaves_what_people_did_with_it() -> None:
    call_command("demo")
    work = FulfilmentOrder.objects.get(status="accepted")
    max_ = people.colleague_actor("Max")
    fulfilment.reject(fulfilment_order_id=work.pk, reason="no_capacity", actor=max_)
    before = counts()

    call_command("demo")

    assert counts() == before


def test_demo_leaves_no_country_without_tax() -> None:
    call_command("demo")

    assert countries_without_tax(on=clock.now().date()) == []


def told() -> list[str]:
    printed = StringIO()
    call_command("demo", stdout=printed)
    return printed.getvalue().splitlines()


def test_demo_tells_each_login_and_key_once() -> None:
    lines = told()

    assert len(set(lines)) == len(lines) == 4 + len(people.STAFF) + 4 + 3 + 2
    assert "  web          ck_demo_web" in lines


def test_demo_tells_only_what_still_opens() -> None:
    call_command("demo")
    key = ChannelKey.objects.get(digest=digest("ck_demo_web"))
    access.revoke_channel_key(key_id=key.pk, actor=SYSTEM)
    for row in ApiKey.objects.all():
        access.revoke_api_key(key_id=row.pk, actor=SYSTEM)
    ada, ben, eve = (
        User.objects.get(email=email)
        for email in ("ada@atelier-nord.example", "ben@atelier-nord.example", "eve@example.com")
    )
    access.close_login(user_id=ada.pk, actor=SYSTEM)
    for user in (ben, eve):
        user.set_password("of their own")
        user.save(update_fields=["password"])

    lines = "\n".join(told())

    assert not re.search(r"ck_demo_web|ak_demo|Bearer|ada@|ben@|eve@", lines)
    assert all(each in lines for each in ("ck_demo_app", "cleo@", "dan@"))


def test_demo_key_opens_the_shop(client: Client) -> None:
    call_command("demo")

    answer = client.get("/api/v1/products", headers={"X-Channel-Key": "ck_demo_web"})

    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 12


def test_demo_is_refused_where_it_is_not_a_demo(settings: Any) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError):
        call_command("demo")

    assert not Channel.objects.exists()


def test_ensure_channel_key_with_a_published_secret_needs_a_demo(settings: Any) -> None:
    seed.ensure_places()
    settings.DEMO = False

    with pytest.raises(Exception, match="not allowed"):
        people.ensure_staff()

    assert not ChannelKey.objects.exists()
