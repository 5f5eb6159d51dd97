"""The full demo, small: what it tells, that it goes on where it stopped, and its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import F

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
from omni.demo.merchant.sites import STORE_CODES
from omni.demo.models import DemoChapter
from omni.events import operations as events
from omni.work.models import Incident, Task
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
    assert_the_desks_are_in_order()


def assert_the_desks_are_in_order() -> None:
    """What is open is today's, and no more than a store that somebody runs would have."""
    began = chapters.began_at()
    open_tasks = Task.objects.filter(status__in=["open", "doing"])
    assert not open_tasks.filter(created_at__lt=began - timedelta(hours=72)).exists()
    stores = dict(Location.objects.filter(code__in=STORE_CODES).values_list("code", "pk"))
    for code in STORE_CODES:
        here = open_tasks.filter(location_id=stores[code])
        assert 3 <= here.count() <= 6
        assert len(set(here.values_list("title", flat=True))) == here.count()
        works = FulfilmentOrder.objects.filter(location__code=code, method="pickup")
        assert 2 <= works.filter(status__in=["new", "accepted", "picking", "ready"]).count() <= 12
        assert works.filter(status__in=["no_show", "put_back"]).count() <= 3
    done = Task.objects.filter(status="done")
    assert done.count() > 6
    assert not done.filter(note="").exists()
    assert not done.filter(ended_at__lt=F("created_at")).exists()
    live = Incident.objects.exclude(status="closed")
    assert 3 <= live.count() <= 8
    assert not live.filter(opened_at__lt=began - timedelta(hours=72)).exists()
    assert not Incident.objects.exclude(status="open").filter(note="").exists()
    hidden = Task.objects.filter(ended_at__gt=began) | Task.objects.filter(created_at__gt=began)
    assert not hidden.exists()


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
        if step.act in plan.NEEDS_SHIFT and step.at.date() < until.date():
            assert (step.story.store, step.at.date()) in opened
    closed = [(step.story.store, step.at.date()) for step in steps if step.act == "close_day"]
    assert sorted(closed) == sorted(opened)
    assert max(on for _store, on in opened) < until.date()  # today stays open, on the first tills


def test_plan_sells_something_today_wherever_the_doors_are_open() -> None:
    size = plan.Range(people=400, variants=399, scale=1)
    noon = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    early = noon.replace(hour=7)

    sold = {
        moment: [
            step.story.store
            for step in plan.steps_by_day(until=moment, size=size).get(moment.date(), [])
            if step.act == "sell"
        ]
        for moment in (early, noon)
    }

    assert sold[early] == []
    assert set(sold[noon]) == set(STORE_CODES)
    assert 2 <= sold[noon].count("lyon") <= 12


def test_plan_looks_into_what_was_not_found_and_puts_back_what_nobody_took() -> None:
    until = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)
    size = plan.Range(people=400, variants=399, scale=1)

    stories: dict[str, dict[str, datetime]] = {}
    for step in chain.from_iterable(plan.steps_by_day(until=until, size=size).values()):
        stories.setdefault(step.story.key, {})[step.act] = step.at

    rejected = [acts for acts in stories.values() if "reject" in acts]
    settled = [acts for acts in rejected if "look_into" in acts]
    assert len(settled) > 10
    assert all(acts["look_into"] > acts["reject"] for acts in settled)
    assert all(acts["reject"] > until - timedelta(days=3) for acts in rejected
               if "look_into" not in acts)  # fmt: skip
    gone = [acts for acts in stories.values() if "no_show" in acts]
    assert len(gone) > 10
    assert all(
        timedelta(0) < acts["put_back"] - acts["no_show"] < timedelta(days=3)
        for acts in gone
        if "put_back" in acts
    )
    sold = sum("sell" in acts or "place" in acts for acts in stories.values())
    back = sum("bring_back" in acts or "exchange" in acts for acts in stories.values())
    assert 0.1 < back / sold < 0.2


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
