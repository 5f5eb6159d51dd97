"""The full demo, small: what it tells, that it goes on where it stopped, and its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from customers.profiles.models import Customer
from inventory.catalog.barcodes import is_gtin
from inventory.catalog.models import Barcode, Media, Variant
from inventory.locations.models import Location
from omni.audit import runner
from omni.demo import pictures
from omni.demo.merchant import chapters, crowd, plan, progress, seed
from omni.demo.merchant.filling import Filling
from omni.demo.merchant.range import GOODS, RANGE
from omni.demo.merchant.range import pictures as wanted_pictures
from omni.demo.models import DemoChapter
from omni.events import operations as events
from orders.aftersales.models import ReturnCase
from orders.checkout.models import Cart
from orders.fulfilment.models import FulfilmentOrder
from orders.payments.models import Payment, Refund
from orders.pos.models import JournalEntry, Shift, StoreDay
from orders.sales.models import Order
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver

SCALE = 0.02


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The provider that the demo's customers pay with."""
    receiver = Receiver().start()
    process = PspProcess(tmp_path / "psp.sqlite3", webhook_url=receiver.url).start()
    settings.PSP_URL, settings.PSP_API_KEY = process.url, API_KEY
    settings.PSP_WEBHOOK_SECRET = SECRET
    yield
    process.stop()
    receiver.stop()


def counts() -> dict[str, int]:
    models = [Order, FulfilmentOrder, JournalEntry, Shift, Cart, Payment, Refund, ReturnCase]
    models += [model for model in apps.get_models() if model._meta.app_label == "inventory"]
    return {model.__name__: model._default_manager.count() for model in [*models, Customer]}


@pytest.mark.django_db(transaction=True)
def test_filling_goes_on_where_it_stopped_ends_clean_and_changes_nothing_again(
    provider: None,
) -> None:
    seed.ensure_merchant(scale=SCALE)
    turns = iter(range(1000))
    is_whole = Filling(SCALE, tell=lambda _words: None, is_stopped=lambda: next(turns) > 60).run()
    stopped = progress()

    rest = Filling(SCALE, tell=lambda _words: None)
    rest.run()
    done = counts()
    call_command("demo", "--fill-only", "--scale", str(SCALE))

    assert not is_whole
    assert stopped is not None
    assert 0 < stopped.fraction < 1
    assert "%" in stopped.words
    assert progress() is None
    assert not {"not_allowed", "not_found", "busy"} & rest.left_out.keys()
    assert counts() == done
    events.drain()
    assert [finding for finding in runner.run() if not finding.is_clean] == []
    assert Location.objects.filter(kind="store").count() == 6
    assert Customer.objects.count() >= 40
    assert 30 <= Order.objects.count() <= 60
    states = set(FulfilmentOrder.objects.values_list("method", "status"))
    assert {("carry_out", "handed_over"), ("pickup", "new"), ("ship", "delivered")} <= states
    assert set(Payment.objects.values_list("status", flat=True)) == {"captured"}
    assert Cart.objects.filter(status="parked").count() == 12
    today = chapters.began_at().date()
    assert not StoreDay.objects.filter(status="open", business_date__lt=today).exists()
    assert Shift.objects.filter(register__code__endswith="-1", status="open").count() == 6
    assert Shift.objects.filter(status="closed", store_day__status="closed").exists()


@pytest.mark.django_db
def test_write_plan_takes_over_what_another_version_planned() -> None:
    began = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)
    chapters.write_plan([("people:first", 5), ("day:2026-11-22", 4)], began=began)
    chapters.mark_told("people:first", 5)
    chapters.mark_finished("people:first")
    chapters.mark_told("day:2026-11-22", 3)

    chapters.write_plan([("people:first", 9), ("day:2026-11-22", 2), ("now:", 1)], began=began)

    kept = DemoChapter.objects.order_by("pk").values_list("name", "planned", "told")
    assert list(kept) == [("people:first", 5, 5), ("day:2026-11-22", 3, 3), ("now:", 1, 0)]


def test_plan_is_the_same_again_and_grows_through_the_weeks() -> None:
    until = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)
    size = plan.Range(people=400, variants=399, scale=0.5)

    days = plan.steps_by_day(until=until, size=size)

    assert days == plan.steps_by_day(until=until, size=size)
    steps = list(chain.from_iterable(days.values()))
    assert all(step.at < until for step in steps)
    sold = {on: sum(s.act in ("sell", "place") for s in steps) for on, steps in days.items()}
    assert sum(sold.values()) == pytest.approx(plan.ORDERS * size.scale, rel=0.03)
    weeks = [sum(list(sold.values())[n : n + 28]) for n in (0, 63)]
    assert weeks[1] > weeks[0] * 1.25
    opened = [(step.story.store, step.at.date()) for step in steps if step.act == "open"]
    assert len(opened) == len(set(opened))
    for step in steps:
        if step.act in plan.NEEDS_SHIFT:
            assert (step.story.store, step.at.date()) in opened


def test_crowd_writes_nobody_twice_and_in_many_scripts() -> None:
    people = [crowd.person(number) for number in range(crowd.CROWD)]

    assert len({each.email for each in people}) == len({each.phone for each in people}) == 2000
    assert all(re.fullmatch(r"[a-z.\-]+\d+@example\.(com|org)", each.email) for each in people)
    assert all(not each.card or is_gtin(each.card) for each in people)
    names = "".join(each.name for each in people)
    assert all(re.search(script, names) for script in ("ß", "ł", "ğ", "[ا-ي]", "[а-я]", "[가-힣]"))


def test_goods_are_400_variants_each_with_a_picture_that_is_drawn(tmp_path: Path) -> None:
    variants = 0
    for good in (*GOODS, *RANGE):
        sizes = 1
        for _name, values in good.options:
            sizes *= len(values)
        variants += sizes

    drawn = pictures.draw(wanted_pictures(), tmp_path)

    assert (len(GOODS) + len(RANGE), variants) == (42, 400)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text() for path in pictures.FOLDER.glob("*.svg")}
    assert kept == made
    assert len(made) == drawn
    assert all(len(text) < 3000 and "currentColor" not in text for text in made.values())


@pytest.mark.django_db
def test_house_lists_every_variant_in_every_channel_with_codes_that_scan() -> None:
    seed.ensure_merchant(scale=SCALE)

    assert not Variant.objects.exclude(listings__channel__code="stores-de").exists()
    assert all(is_gtin(code[1:]) for code in Barcode.objects.values_list("code", flat=True))
    assert all(
        url.startswith("/static/demo/") for url in Media.objects.values_list("url", flat=True)
    )
    assert chapters.progress() is None
