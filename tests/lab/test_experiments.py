"""The experiments of the lab on the running product; in full with OMNI_PROVE=1, else a tenth."""

from __future__ import annotations

from functools import partial

import pytest

from omni.lab import books, broker, flash, kills
from omni.lab.buyers import Line, Watch, fill_basket
from omni.lab.experiments import audited
from tests.lab.conftest import Lab

pytestmark = pytest.mark.xdist_group("lab")

SEED = 1


def test_flash_race_sells_every_unit_once_over_web_app_and_till(lab: Lab):
    runs = lab.runs(20, 2)

    report = flash.race_flash(lab.stage, lab.merchant, runs=runs, seed=SEED)

    print(audited(lab.stage, report).line())
    assert report.violations == []
    assert (report.attempts, report.accepted) == (50 * runs, 10 * runs)


def test_cart_checked_out_fifty_times_at_once_becomes_one_order(lab: Lab):
    runs = lab.runs(10, 2)

    report = flash.race_double_checkout(lab.stage, lab.merchant, runs=runs, seed=SEED)

    print(audited(lab.stage, report).line())
    assert report.violations == []
    assert report.accepted == runs


def test_broker_that_is_away_delays_no_checkout_and_loses_no_event(lab: Lab):
    report = broker.chaos_broker(lab.stage, lab.merchant, runs=lab.runs(3, 1), seed=SEED)

    print(audited(lab.stage, report).line())
    assert report.violations == []


def test_killed_parts_lose_and_double_nothing(lab: Lab):
    targets = () if lab.runs(1, 0) else ("postgres", "web")
    chaos = partial(kills.chaos_kill9, lab.stage, lab.merchant, seed=SEED)

    report = chaos(runs=lab.runs(10, len(targets)), targets=targets)

    print(audited(lab.stage, report).line())
    assert report.violations == []


def test_comparison_finds_orders_that_are_lost_doubled_or_changed(lab: Lab):
    before = books.opening(lab.stage)
    line = Line(lab.stage, {"X-Channel-Key": lab.merchant.web_key})
    baskets = [
        fill_basket(line, lab.merchant, Watch(), [(lab.merchant.plenty[0], 2)]) for _ in range(2)
    ]
    told = []
    for basket in baskets:
        order = line.send(*basket.checkout()).body["order"]
        told.append(
            {
                "cart": basket.cart,
                "order": order["id"],
                "total": basket.total["amount"],
                "lines": basket.lines,
                "payment": basket.payment,
            }
        )
    line.close()
    compare = partial(books.compare, lab.stage, before)

    assert compare(told) == []
    assert any("acknowledged to nobody" in text for text in compare(told[:1]))
    assert any("lost" in text for text in compare([*told, told[0] | {"cart": "no such cart"}]))
    assert any("two orders" in text for text in compare([*told, told[0] | {"order": "another"}]))
    assert any("total" in text for text in compare([told[0] | {"total": 1}, told[1]]))
    assert any("captured" in text for text in compare([told[0] | {"captured": 5}, told[1]]))
