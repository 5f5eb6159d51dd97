"""Who is meant by a capture: table of cases over made-up holders, no database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from customers.identity.canonical import Canonical, Given, canonical
from customers.identity.resolution import Holder, choose, to_attach

START = datetime(2026, 1, 1, tzinfo=UTC)
EMAIL = canonical(Given("email", "ada@example.com"))
PHONE = canonical(Given("phone", "+491701234567"))
DEVICE = canonical(Given("device", "phone-of-the-family"))


def holder(number: int, **held: int | None) -> Holder:
    """Customer ``number``, as many days old; holds what is named, proved on that day or not."""
    values = {"email": EMAIL, "phone": PHONE, "device": DEVICE}
    keys = {
        values[name].key: None if day is None else START + timedelta(days=day)
        for name, day in held.items()
    }
    return Holder(UUID(int=number), START + timedelta(days=number), keys=keys)


def chosen(given: list[Canonical], *holders: Holder) -> int | None:
    found = choose(given, index(*holders))
    return found.customer_id.int if found else None


def index(*holders: Holder) -> dict[tuple[str, str, str], list[Holder]]:
    found: dict[tuple[str, str, str], list[Holder]] = {}
    for each in holders:
        for key in each.keys:
            found.setdefault(key, []).append(each)
    return found


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        pytest.param([], None, id="nobody"),
        pytest.param([holder(1, email=None)], 1, id="one"),
        pytest.param([holder(2, email=None), holder(1, phone=None)], 1, id="the-oldest"),
        pytest.param([holder(1, email=None), holder(2, email=5)], 2, id="the-verified"),
        pytest.param([holder(1, email=9), holder(2, phone=5)], 2, id="verified-first"),
        pytest.param(
            [holder(1, device=None), holder(2, phone=None)], 2, id="device-does-not-count"
        ),
        pytest.param([holder(1, device=None)], None, id="device-alone-with-something-better"),
    ],
)
def test_choose_among_holders(holders: list[Holder], expected: int | None) -> None:
    assert chosen([EMAIL, PHONE, DEVICE], *holders) == expected


def test_choose_takes_the_device_where_nothing_better_is_given() -> None:
    assert chosen([DEVICE], holder(1, device=None)) == 1


def test_to_attach_leaves_what_somebody_else_proved() -> None:
    mine, other = holder(1, email=None), holder(2, phone=3)

    attached = to_attach([EMAIL, PHONE, DEVICE], mine, index(mine, other))

    assert attached == [DEVICE]


def test_to_attach_adds_what_others_only_claim() -> None:
    mine, other = holder(1, email=None), holder(2, phone=None)

    assert to_attach([EMAIL, PHONE], mine, index(mine, other)) == [PHONE]
