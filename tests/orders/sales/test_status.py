"""The derived axes of an order, as tables."""

import pytest

from orders.sales.status import Counters, fulfilment_status, is_settled, return_status


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([Counters(2)], "unfulfilled"),
        ([Counters(2, fulfilled=1)], "partly_fulfilled"),
        ([Counters(2, fulfilled=2), Counters(1)], "partly_fulfilled"),
        ([Counters(2, fulfilled=2)], "fulfilled"),
        ([Counters(2, cancelled=1, fulfilled=1)], "fulfilled"),
        ([Counters(2, fulfilled=2), Counters(1, cancelled=1)], "fulfilled"),
        ([Counters(2, cancelled=2)], "unfulfilled"),
        ([], "unfulfilled"),
    ],
)
def test_fulfilment_status_follows_the_counters(lines, expected):
    assert fulfilment_status(lines) == expected


@pytest.mark.parametrize(
    ("lines", "is_open", "expected"),
    [
        ([Counters(2, fulfilled=2)], False, "none"),
        ([Counters(2, fulfilled=2)], True, "open"),
        ([Counters(2, fulfilled=2, returned=2)], True, "open"),
        ([Counters(2, fulfilled=2, returned=1)], False, "partly_returned"),
        (
            [Counters(2, fulfilled=2, returned=2), Counters(1, fulfilled=1)],
            False,
            "partly_returned",
        ),
        ([Counters(3, cancelled=1, fulfilled=2, returned=2)], False, "returned"),
    ],
)
def test_return_status_follows_cases_and_counters(lines, is_open, expected):
    assert return_status(lines, has_open_case=is_open) == expected


@pytest.mark.parametrize(
    ("lines", "payment", "expected"),
    [
        ([Counters(1, fulfilled=1)], "paid", True),
        ([Counters(2, fulfilled=1, cancelled=1)], "partly_refunded", True),
        ([Counters(1, fulfilled=1, returned=1)], "refunded", True),
        ([Counters(1)], "paid", False),
        ([Counters(1, fulfilled=1)], "authorised", False),
        ([Counters(1, fulfilled=1)], "overpaid", False),
        ([Counters(1, cancelled=1)], "paid", False),  # cancelled, never completed
    ],
)
def test_is_settled_wants_goods_and_money(lines, payment, expected):
    assert is_settled(lines, payment) is expected
