"""The figures of the back office against sums made by hand.

The week asked about is Monday 19 to Sunday 25 October 2026; on the Sunday clocks go back by an hour
in Lyon (UTC+2, then +1) and in London (UTC+1, then 0). A unit costs 12.00 with 20 % tax: 10.00 net.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from inventory.locations.models import Method
from inventory.stock import operations as stock
from omni.access.actor import SYSTEM
from omni.core import clock
from orders.aftersales import operations as aftersales
from orders.fulfilment import operations as fulfilment
from orders.payments import operations as payments
from orders.sales import operations as sales
from orders.sales.drafts import AdjustmentDraft
from tests.factories.inventory import (
    make_variant,
    stock_up,
)
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders_work import lines_of, make_ready, work_of
from tests.omni.console.merchant import (
    RIGHTS,
    Merchant,
    at,
    bars,
    bring_without_receipt,
    card,
    drawn,
    exchange,
    give_back,
    of_one_store,
    page,
    promised,
    rows,
    tiles,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    """Everybody looks on Wednesday 28 October at noon."""
    with clock.moved(to=at("28 12:00:00")):
        yield


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


@pytest.fixture
def everywhere() -> Client:
    return staff_client(make_staff(*RIGHTS))


# --- sales ----------------------------------------------------------------------------------------


@pytest.fixture
def week(merchant: Merchant) -> Merchant:
    """What was sold. In the week, net, in euros:

    ======  ==========  =====  ====  ====  =========================================================
    day     channel     store  sold  back
    ======  ==========  =====  ====  ====  =========================================================
    Mon 19  Tills       Lyon     10        the first second of the week, as Lyon's clock tells it
    Mon 19  Web         –        20        3 units, of which 1 was cancelled; 5.00 given for nothing
    Tue 20  Web         –        10        and 5.00 for shipping
    Fri 23  Tills       Lyon          10   without receipt: 12.00 at the rate of that day
    Sat 24  Tills       Lyon     10        the last second of Saturday
    Sun 25  Tills       Lyon     20        the first second of Sunday
    Sun 25  Tills       Lyon     10   10   the unit of Saturday exchanged for another
    Sun 25  Tills       Lyon          10   one of Sunday's two units taken back in *London*, where
                                           it is Sunday still (in Lyon it is Monday)
    Sun 25  Tills       Lyon     10        the last second of the week, 25 hours after its Sunday
    ======  ==========  =====  ====  ====  =========================================================

    Orders: 1 + 1 + 1 + 1 + 1 + 1 + 1 = 7 with 1 + 2 + 1 + 1 + 2 + 1 + 1 = 9 units for 90; 3 units
    back for 30: net sales 60, of them Tills and Lyon 60 - 30 = 30 and Web 30. The average basket is
    90 / 7 = 12.86, the share back 3 / 9 = 33.3 %.

    The week before: Web 50 (5 units), Lyon 10 in the last second of Sunday 18. Net sales 60.
    Neither: a sale in Lyon on Monday 26 at 00:00, orders cancelled, not paid, or not paid yet.
    London, in pounds: 20 on Sunday at 23:30 of its own clock; and one on Monday at 00:00.
    """
    web, tills, lyon = merchant.web, merchant.tills, merchant.lyon
    merchant.sells(tills, "18 22:00:00", till=lyon)
    part = merchant.sells(web, "19 10:00:00", 3)
    aftersales.cancel_order(
        order_id=part.pk, units=[(lines_of(part)[0].pk, 1)], reason="mistake", actor=SYSTEM
    )
    payments.request_refund(order_id=part.pk, amount_minor=500, reference="favour", actor=SYSTEM)
    shipping = AdjustmentDraft(
        kind="shipping", net_minor=500, tax_minor=100, total_minor=600, tax_rate="0.2"
    )
    merchant.sells(web, "20 10:00:00", adjustments=[shipping])
    bring_without_receipt(merchant, "23 12:00:00")
    saturday = merchant.sells(tills, "24 21:59:59", till=lyon)
    sunday = merchant.sells(tills, "24 22:00:00", 2, till=lyon)
    exchange(merchant, saturday, "25 10:00:00")
    give_back(sunday, "25 23:30:00", merchant.london)
    merchant.sells(tills, "25 22:59:59", till=lyon)
    merchant.sells(tills, "25 23:00:00", till=lyon)

    merchant.sells(web, "14 10:00:00", 5)
    merchant.sells(tills, "18 21:59:59", till=lyon)

    merchant.sells(merchant.britain, "25 23:30:00", 2, till=merchant.london)
    merchant.sells(merchant.britain, "26 00:00:00", 1, till=merchant.london)

    gone = merchant.sells(web, "21 10:00:00", 2)
    aftersales.cancel_order(order_id=gone.pk, reason="changed_mind", actor=SYSTEM)
    unpaid = merchant.sells(web, "21 11:00:00", 4, pay="")
    sales.fail_order(order_id=unpaid.pk, reason="not_paid_in_time", actor=SYSTEM)
    merchant.sells(web, "21 12:00:00", 6, pay="")
    return merchant


@pytest.mark.usefixtures("week")
def test_overview_shows_sums_made_by_hand(everywhere: Client) -> None:
    answer = page(everywhere)

    assert tiles(answer) == {
        "Net sales": "€60",
        "Orders and receipts": "7",
        "Average basket": "€12.86",
        "Returned": "33.3\u00a0%",
    }
    shown = {tile.label: (tile.change.text, tile.note) for tile in answer.context["tiles"]}
    # Before: 60 net (so no change), 2 orders, a basket of 30, nothing back of 6 units.
    assert shown["Net sales"] == ("+0.0\u00a0%", "from €60")
    assert shown["Orders and receipts"] == ("+250.0\u00a0%", "from 2")
    assert shown["Average basket"][1] == "from €30.00"
    assert shown["Returned"] == ("+33.3 points", "from 0.0\u00a0% of units")
    by_day = [tile.trend for tile in answer.context["tiles"]]
    assert by_day[0] == [3000, 1000, 0, 0, -1000, 1000, 2000]
    assert by_day[1] == [2, 1, 0, 0, 0, 1, 3]

    channels, stores = answer.context["channels"], answer.context["stores"]
    # Tills 60 - 30, Web 30; the week before together 60, of it Lyon's till 10.
    assert channels.legend[:2] == [("a", "Tills", "€30"), ("b", "Web", "€30")]
    assert channels.act == "Best: Mon 19 Oct"
    assert [cell.text for cell in channels.table.total[1:]] == ["€30", "€30", "€60", "€60"]
    assert bars(stores) == {"Lyon": ("€30", 1000)}
    assert (stores.all_of.figure, stores.all_of.change.text) == ("€30", "+200.0\u00a0%")
    # Taken back in the week, wherever: 3 units for 3 x 12.00; one in a store that did not sell it.
    returned = card(answer, "Returns")
    assert (returned.lead, returned.chip) == ("€36", "33.3\u00a0% of units")
    assert returned.note == "33.3\u00a0% at another place"
    assert {bar.label for bar in returned.bars} == {"Too small", "Too large", "Faulty"}
    assert returned.act == "Scarf: 3 units"


@pytest.mark.usefixtures("week")
def test_report_on_sales_tells_sold_back_and_net(everywhere: Client, week: Merchant) -> None:
    by_channel = rows(page(everywhere, "reports/sales"), 1)
    by_store = rows(page(everywhere, "reports/sales", of="store"), 1)
    by_category = rows(page(everywhere, "reports/sales", of="category"), 1)
    of_web = rows(page(everywhere, "reports/sales", channel=str(week.web.pk)), 1)

    # Tills: five orders, 6 units, 60 less 30. Web: two orders, 3 units, 30, with shipping for 5.
    assert by_channel["Tills"] == {
        "Sold": "€60.00", "Came back": "-€30.00", "Net sales": "€30.00", "Share": "50.0\u00a0%",
        "Before": "€10.00", "Change": "+200.0\u00a0%", "Orders": "5", "Average basket": "€12.00",
        "Units": "6", "Shipping": "€0.00",
    }  # fmt: skip
    assert by_channel["Web"] == {
        "Sold": "€30.00", "Came back": "€0.00", "Net sales": "€30.00", "Share": "50.0\u00a0%",
        "Before": "€50.00", "Change": "−40.0\u00a0%", "Orders": "2", "Average basket": "€15.00",
        "Units": "3", "Shipping": "€5.00",
    }  # fmt: skip
    assert by_channel["All"]["Net sales"] == by_store["All"]["Net sales"] == "€60.00"
    assert by_store["Lyon"]["Net sales"] == by_store["Sold at no till"]["Net sales"] == "€30.00"
    assert by_category["Wool"]["Net sales"] == by_category["All"]["Net sales"] == "€60.00"
    assert by_category["Wool"]["Units"] == "9"
    assert set(of_web) == {"Web", "All"}
    assert "Britain" not in by_channel
    _days_begin_at_the_midnight_of_their_store(everywhere)
    _file_holds_the_same_figures(everywhere)


def _days_begin_at_the_midnight_of_their_store(everywhere: Client) -> None:
    over = rows(page(everywhere, "reports/sales"))
    pounds = rows(page(everywhere, "reports/sales", currency="GBP"))

    # Sunday lasts 25 hours; its sums are those of the table in ``week``.
    assert {day: each["Together"] for day, each in over.items()} == {
        "Mon 19 Oct": "€30.00", "Tue 20 Oct": "€10.00", "Wed 21 Oct": "€0.00",
        "Thu 22 Oct": "€0.00", "Fri 23 Oct": "-€10.00", "Sat 24 Oct": "€10.00",
        "Sun 25 Oct": "€20.00", "All": "€60.00",
    }  # fmt: skip
    assert pounds["Sun 25 Oct"]["Together"] == pounds["All"]["Together"] == "£20.00"


def _file_holds_the_same_figures(everywhere: Client) -> None:
    told = b"".join(page(everywhere, "reports/sales", file="1").streaming_content).decode()

    lines = [line.split(",") for line in told.lstrip("\ufeff").splitlines()]
    net = lines[0].index("Together")
    assert [line[net] for line in lines[1:]] == [
        "30.00", "10.00", "0.00", "0.00", "-10.00", "10.00", "20.00",
    ]  # fmt: skip
    assert {line[-1] for line in lines[1:]} == {"EUR"}


@pytest.mark.usefixtures("week")
def test_currencies_are_never_added_up(everywhere: Client, week: Merchant) -> None:
    pounds = page(everywhere, currency="GBP")
    by_channel = page(everywhere, channel=str(week.britain.pk))

    # 2 units for 20.00 pounds in one order; the euros are the same without them.
    for answer in (pounds, by_channel):
        assert tiles(answer)["Net sales"] == "£20"
        assert tiles(answer)["Orders and receipts"] == "1"
        assert "€" not in str(bars(answer.context["stores"]))
    assert tiles(page(everywhere))["Net sales"] == "€60"
    assert card(pounds, "Returns").bars == []


def test_somebody_of_one_store_sees_its_figures_alone(week: Merchant) -> None:
    lyon = staff_client(of_one_store(week.lyon))
    london = staff_client(of_one_store(week.london))

    of_lyon, of_london = page(lyon), page(london, currency="GBP")
    asked = page(lyon, store=str(week.london.pk))

    # Of Lyon: 60 less 30; 2 of the 3 units were taken back there. Of London: 20 pounds.
    assert (tiles(of_lyon)["Net sales"], tiles(of_lyon)["Orders and receipts"]) == ("€30", "5")
    assert bars(of_lyon.context["stores"]).keys() == {"Lyon"}
    assert card(of_lyon, "Returns").lead == "€24"
    assert tiles(of_london)["Net sales"] == "£20"
    assert tiles(of_london)["Orders and receipts"] == "1"
    assert asked.context["doubts"] == [
        "The store that was asked for is not among yours. All are shown."
    ]
    assert tiles(asked)["Net sales"] == "€30"
    assert set(rows(page(lyon, "reports/sales", of="store"), 1)) == {"Lyon", "All"}
    assert set(rows(page(lyon, "reports/returns", of="store"), 1)) == {"Lyon", "All"}


# --- returns, what came to nothing ------------------------------------------------------------


@pytest.mark.usefixtures("week")
def test_reports_on_returns_and_on_what_came_to_nothing(everywhere: Client) -> None:
    by_reason = rows(page(everywhere, "reports/returns"), 1)
    by_store = rows(page(everywhere, "reports/returns", of="store"), 1)
    over = rows(page(everywhere, "reports/returns"))

    # Each reason one unit for 12.00; London took back what Lyon sold.
    assert by_reason["Too small"] == {
        "Units": "1", "Share": "33.3\u00a0%", "At another place": "1", "Goes back": "€12.00",
    }  # fmt: skip
    assert by_reason["All"]["Units"] == "3"
    assert by_store["Lyon"]["Units"] == "2"
    assert by_store["London"] == {
        "Units": "1", "Share": "33.3\u00a0%", "At another place": "1", "Goes back": "€12.00",
    }  # fmt: skip
    assert (over["Fri 23 Oct"]["Units"], over["Sun 25 Oct"]["Units"]) == ("1", "2")

    answer = page(everywhere, "reports/lost")

    # Cancelled 2 x 12.00; 1 unit of Monday's three; not paid 4 x 12.00. Not paid yet is no loss.
    over, reasons = rows(answer), rows(answer, 1)
    assert over["Wed 21 Oct"] == {
        "Cancelled": "1", "Cancelled in part": "0", "Not paid in time": "1", "Amount": "€72.00",
    }  # fmt: skip
    assert over["Mon 19 Oct"]["Amount"] == "€12.00"
    assert over["All"]["Amount"] == reasons["All"]["Amount"] == "€84.00"
    why = [[cell.text for cell in row] for row in answer.context["report"].sections[1].table.rows]
    assert sorted(why) == [
        ["Cancelled", "Changed mind", "1", "€24.00"],
        ["Cancelled in part", "Ordered by mistake", "1", "€12.00"],
        ["Not paid in time", "–", "1", "€48.00"],
    ]
    for path, plot in (
        ("", "plot-channels"),
        ("reports/sales", "plot-report"),
        ("reports/returns", "plot-report"),
        ("reports/lost", "plot-report"),
    ):
        _chart_draws_the_figures_of_its_table(everywhere, path, plot)


def _chart_draws_the_figures_of_its_table(everywhere: Client, path: str, plot: str) -> None:
    """The chart has no figures of its own; what it draws is what the words beside it say."""
    answer = page(everywhere, path)

    lines = drawn(answer, plot)
    assert len(lines) == 7
    for figures, said in lines:
        for figure, text in zip(figures, said, strict=True):
            plain = float(re.sub(r"[^0-9.-]", "", text.replace("−", "-")))
            assert plain == pytest.approx(float(figure), abs=0 if path else 0.5)
    assert f'id="{plot}" data-chart' in answer.content.decode()


# --- pickups, stock -------------------------------------------------------------------------------


def test_pickups_are_on_time_if_they_lay_ready_by_their_promise(
    merchant: Merchant, everywhere: Client
) -> None:
    on_time = promised(merchant, "20 08:00:00")
    late = promised(merchant, "20 08:00:00")
    promised(merchant, "21 08:00:00")  # never ready
    rejected, cancelled = promised(merchant, "22 08:00:00"), promised(merchant, "22 08:00:00")
    promised(merchant, "25 20:59:59")  # promised for 22:59:59, which is Sunday in Lyon
    promised(merchant, "25 21:00:00")  # for midnight, which is Monday
    in_london = promised(merchant, "25 21:59:59", merchant.london)  # Sunday in London
    for order, ready in (
        (on_time, "20 10:00:00"),
        (late, "20 10:00:01"),
        (in_london, "25 22:00:00"),
    ):
        with clock.moved(to=at(ready)):
            make_ready(order)
    with clock.moved(to=at("22 09:00:00")):
        fulfilment.reject(
            fulfilment_order_id=work_of(rejected).pk, reason="not_found", actor=SYSTEM
        )
        aftersales.cancel_order(order_id=cancelled.pk, actor=SYSTEM)

    answer = page(everywhere, "reports/pickups")

    # Lyon: promised 4 (on time, late, never, Sunday), on time 1. London: 1 of 1. In all 2 of 5.
    # The median to ready: Lyon of 120 and 120 minutes, London 0; of all three 120.
    over, stores, refused = (rows(answer, place) for place in (0, 1, 2))
    assert over["All"] == {
        "On time": "2", "Late": "3", "Share on time": "40.0\u00a0%", "Rejected": "1",
    }  # fmt: skip
    assert (over["Tue 20 Oct"]["On time"], over["Tue 20 Oct"]["Late"]) == ("1", "1")
    assert (over["Sun 25 Oct"]["On time"], over["Sun 25 Oct"]["Late"]) == ("1", "1")
    assert stores["Lyon"] | {"Minutes to ready": ""} == {
        "Promised": "4", "On time": "1", "Share on time": "25.0\u00a0%", "Minutes to ready": "",
        "Rejected": "1", "Not collected": "0",
    }  # fmt: skip
    assert stores["Lyon"]["Minutes to ready"] == stores["All stores"]["Minutes to ready"] == "2 h"
    assert stores["London"]["Share on time"] == "100.0\u00a0%"
    assert refused["Lyon"]["Why"] == "Not found"
    told = card(page(everywhere), "Pickups on time")
    assert (told.lead, told.chip) == ("40.0\u00a0%", "Below 95 %")
    assert bars(told) == {"London": ("100.0\u00a0%", 0.95), "Lyon": ("25.0\u00a0%", 0.95)}
    own = staff_client(of_one_store(merchant.london))
    assert card(page(own), "Pickups on time").lead == "100.0\u00a0%"


def test_stock_is_worth_its_listed_price_in_its_own_currency(
    merchant: Merchant, everywhere: Client
) -> None:
    unpriced = make_variant()
    stock_up(unpriced, merchant.lyon, 7)
    merchant.sells(merchant.web, "27 10:00:00", 98, method=Method.PICKUP)
    stock.correct(
        variant_id=merchant.scarf.pk, location_id=merchant.lyon.pk, counted=95,
        reason="count", reference="count", actor=SYSTEM,
    )  # fmt: skip

    euros = rows(page(everywhere, "reports/stock"))
    pounds = rows(page(everywhere, "reports/stock", currency="GBP"))

    # Lyon: 95 scarves at 12.00 = 1,140.00, and 7 without a price; 98 are promised, 3 too many.
    # London: 100 at 15.00, the price of its own channel.
    assert euros["Lyon"] == euros["All places"] == {
        "Value": "€1,140.00", "Units on hand": "102", "For sale": "102", "Promised": "98",
        "Without a price": "7", "Lacking": "3",
    }  # fmt: skip
    assert (pounds["London"]["Value"], pounds["All places"]["Value"]) == ("£1,500.00", "£1,500.00")
    told = card(page(everywhere), "Stock")
    assert (told.lead, told.chip) == ("€1,140", "1 shortfall")
    assert told.act == "3 promised units lack goods"
    assert [(each.location, each.shortfall) for each in told.short] == [("Lyon", 3)]
    own = staff_client(of_one_store(merchant.london))
    seen = card(page(own, currency="GBP"), "Stock")
    assert (seen.lead, list(seen.short)) == ("£1,500", [])
