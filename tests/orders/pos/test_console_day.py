"""Shift and store day on their pages: counted blind, differences explained, closed once."""

from __future__ import annotations

import pytest

from omni.access.permissions import Permission
from orders.pos.models import (
    CashEntry,
    CashKind,
    Deposit,
    JournalEntry,
    Shift,
    ShiftStatus,
    StoreDay,
    StoreDayStatus,
    TerminalBatch,
)
from tests.factories.screens import console_client, once
from tests.orders.pos.test_console_till import CLERK, AtTill, make_till

pytestmark = pytest.mark.django_db
MANAGER = (Permission.POS_CLOSE_DAY, Permission.POS_FORCE_CLOSE)


def shift_post(till: AtTill, act: str, **fields):
    values = once(shift=till.shift_id, **fields)
    return till.client.post(f"/console/shift/{act}", values)


def sale(till: AtTill, **tender) -> None:
    till.scan(till.shop.variant.sku)
    till.pays(1000, **tender)


def counted_till(*more: str) -> AtTill:
    """Sold for 10.00 in cash and 10.00 by card; 109.00 counted where 110.00 should be."""
    till = make_till(10, *more)
    sale(till, tender="cash", given="10")
    sale(till, tender="card_terminal", terminal_reference="slip-1")
    shift_post(till, "count", d_10000="1", d_500="1", d_200="2")
    return till


# --- shift ----------------------------------------------------------------------------------------


def test_shift_opens_with_its_float_by_coin_and_note_once():
    till = make_till()
    entry = CashEntry.objects.get(shift_id=till.shift_id, kind=CashKind.FLOAT)

    again = till.client.post("/console/shift/open", once(sum="5"))

    assert entry.amount_minor == 10_000
    assert again.status_code == 409
    assert Shift.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"d_500": "1e3"},
        {"d_500": "-1"},
        {"d_500": "9" * 40},
        {"d_1000": "1", "sum": "11"},
        {"sum": "ten"},
    ],
)
def test_count_that_cannot_be_right_is_told_and_kept(typed):
    till = make_till()

    answer = shift_post(till, "count", counting="1", **typed)

    assert answer.status_code == 400
    assert "data-problem" in answer.content.decode()
    assert next(iter(typed.values())) in answer.content.decode()
    assert Shift.objects.get().status == ShiftStatus.OPEN


def test_drawer_tells_what_it_should_hold_only_after_the_count(django_assert_max_num_queries):
    till = make_till()
    sale(till, tender="cash", given="10")
    till.client.get("/console/shift")

    with django_assert_max_num_queries(12):
        before = till.client.get("/console/shift").content.decode()
    report = till.client.get(f"/console/shift/{till.shift_id}/report").content.decode()
    shift_post(till, "count", sum="109,00")
    after = till.client.get("/console/shift").content.decode()

    assert "€110.00" not in before + report
    assert "€110.00" in after
    assert "-€1.00" in after


def test_shift_with_a_difference_closes_with_its_reason_only():
    till = counted_till()

    refused = shift_post(till, "close", reason=" ")
    shift_post(till, "recount")
    shift_post(till, "count", d_10000="1", d_500="1", d_200="2")
    done = shift_post(till, "close", reason="A coin <i>rolled</i> away")
    again = shift_post(till, "close", reason="A coin rolled away")

    assert (refused.status_code, done.status_code, again.status_code) == (400, 303, 409)
    assert Shift.objects.get().status == ShiftStatus.CLOSED
    page = till.client.get(done.url).content.decode()
    assert "A coin &lt;i&gt;rolled" in page
    assert "is closed" in till.page()


def test_cash_goes_out_with_its_reason_once_and_never_more_than_there_is():
    till = make_till()
    form = once(shift=till.shift_id, kind="paid_out", amount="12,50", reason="Milk")

    till.client.post("/console/shift/cash", form)
    till.client.post("/console/shift/cash", form)
    too_much = shift_post(till, "cash", kind="drop", amount="100", reason="Safe")
    odd = shift_post(till, "cash", kind="sale", amount="1", reason="x")

    assert CashEntry.objects.get(kind=CashKind.PAID_OUT).amount_minor == -1250
    assert (too_much.status_code, odd.status_code) == (409, 400)
    assert "not enough cash in the drawer" in too_much.content.decode()


def test_suspended_shift_sells_nothing_until_it_is_resumed():
    till = make_till()

    shift_post(till, "suspend")
    page, scanned = till.page(), till.scan(till.shop.variant.sku)
    shift_post(till, "resume", back="till")

    assert "The shift is suspended" in page
    assert scanned.status_code == 409
    assert till.scan(till.shop.variant.sku).url == "/console/till"


def test_shift_is_closed_by_force_by_a_manager_of_this_store_only():
    till, other = make_till(), make_till(10, *MANAGER)
    clerk = shift_post(till, "force-close", reason="Went home")
    foreign = other.client.post(
        "/console/shift/force-close", once(shift=till.shift_id, reason="Mine now")
    )

    done = shift_post(other, "force-close", reason="Went home", sum="100")

    assert (clerk.status_code, foreign.status_code, done.status_code) == (403, 404, 303)
    assert Shift.objects.get(pk=till.shift_id).status == ShiftStatus.OPEN
    assert Shift.objects.get(pk=other.shift_id).status == ShiftStatus.FORCE_CLOSED


# --- store day ------------------------------------------------------------------------------------


def closed_shift(*more: str) -> tuple[AtTill, StoreDay]:
    till = counted_till(*more)
    shift_post(till, "close", reason="A coin rolled away")
    return till, StoreDay.objects.get()


def day_post(till: AtTill, day: StoreDay, act: str, **fields):
    return till.client.post(f"/console/day/{day.pk}/{act}", once(**fields))


def test_day_is_closed_step_by_step_and_its_sums_equal_the_ledger(django_assert_max_num_queries):
    till, day = closed_shift(*MANAGER)

    day_post(till, day, "begin")
    early = day_post(till, day, "close")
    wrong = day_post(till, day, "terminal", register=till.register.pk, total="9.00")
    day_post(till, day, "terminal", register=till.register.pk, total="10,00", batch_number="B7")
    short = day_post(till, day, "safe", do="safe", d_100="8")
    day_post(till, day, "safe", do="safe", d_100="8", reason="A coin <b>less</b>")
    slip = once(do="deposit", d_100="5", note="Bag 17")
    first = till.client.post(f"/console/day/{day.pk}/deposit", slip)
    again = till.client.post(f"/console/day/{day.pk}/deposit", slip)
    beyond = day_post(till, day, "deposit", do="deposit", d_10000="1")
    till.client.get("/console/day")
    with django_assert_max_num_queries(12):
        page = till.client.get("/console/day").content.decode()
    done = day_post(till, day, "close")

    assert (early.status_code, wrong.status_code, short.status_code) == (409, 400, 400)
    assert 'value="9.00"' in wrong.content.decode()
    assert beyond.status_code == 409
    assert first.url == again.url
    assert Deposit.objects.get().amount_minor == 500
    assert TerminalBatch.objects.get().total_minor == 1000
    assert "Bag 17" in page
    assert done.status_code == 303
    day.refresh_from_db()
    journal = JournalEntry.objects.filter(shift__store_day=day)
    assert day.status == StoreDayStatus.CLOSED
    assert day.total_minor == sum(journal.values_list("total_minor", flat=True)) == 2000
    report = till.client.get(f"/console/day/{day.pk}/report").content.decode()
    assert "€20.00" in report
    assert Deposit.objects.get().slip in till.client.get(first.url).content.decode()


def test_day_waits_for_its_shifts_and_for_a_manager():
    till = counted_till()
    day = StoreDay.objects.get()

    waits = day_post(till, day, "begin")
    shift_post(till, "close", reason="A coin rolled away")
    day_post(till, day, "begin")
    clerk = [day_post(till, day, act).status_code for act in ("safe", "deposit", "close", "reopen")]

    assert waits.status_code == 409
    assert clerk == [403] * 4
    assert "A manager counts" in till.client.get("/console/day").content.decode()


def test_day_of_another_store_is_not_found():
    till, day = closed_shift(*MANAGER)
    nice = console_client(till.shop.nice, *CLERK, *MANAGER)

    acts = ["begin", "terminal", "safe", "deposit", "close", "reopen"]
    answers = [nice.post(f"/console/day/{day.pk}/{act}", once()).status_code for act in acts]

    assert answers == [404] * len(acts)
    assert nice.get("/console/day", {"day": day.pk}).status_code == 404
    assert nice.get(f"/console/day/{day.pk}/report").status_code == 404
    assert nice.get(f"/console/shift/{till.shift_id}/report").status_code == 404
    assert "No day has begun yet" in nice.get("/console/day").content.decode()
    day.refresh_from_db()
    assert day.status == StoreDayStatus.OPEN
