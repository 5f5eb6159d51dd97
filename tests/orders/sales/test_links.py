"""The link of an order's page: the same in each mail, found, ended, revoked."""

from datetime import timedelta
from typing import Any

import pytest

from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.errors import NotFound
from orders.sales.links import LASTS, give_out_link, revoke_link
from orders.sales.models import OrderLink
from orders.sales.queries import find_by_link, get_order
from tests.factories.customers import make_customer
from tests.factories.omni import staff_actor
from tests.factories.orders import make_order

pytestmark = pytest.mark.django_db


def test_a_link_is_the_same_each_time_and_opens_its_order_alone() -> None:
    order, other = make_order(), make_order()

    token, again, foreign = (give_out_link(order_id=o.pk) for o in (order, order, other))

    assert token == again != foreign
    assert token.startswith("ol_")
    assert len(token) == 46
    assert find_by_link(token) == order
    row = OrderLink.objects.get(order=order)
    assert token not in row.digest
    for wrong in ("", token[:-1], str(order.pk), row.digest):
        with pytest.raises(NotFound):
            find_by_link(wrong)


def test_a_link_opens_what_a_guest_of_the_order_may_do_and_no_more() -> None:
    customer = make_customer()
    order, other = make_order(customer_id=customer.pk), make_order()
    token = give_out_link(order_id=order.pk)
    guest = Actor(kind="anonymous", channel_id=order.channel_id)
    stranger = Actor(kind="customer", customer_id=make_customer().pk, channel_id=order.channel_id)

    assert get_order(guest, order.pk, token=token) == order
    for actor, order_id, given in (
        (guest, other.pk, token),
        (guest, order.pk, "ol_x"),
        (stranger, order.pk, token),
        (Actor(kind="anonymous"), order.pk, token),
    ):
        with pytest.raises(NotFound):
            get_order(actor, order_id, token=given)


def test_a_link_ends_and_lives_on_when_it_is_given_out() -> None:
    order = make_order()
    token = give_out_link(order_id=order.pk)

    with clock.moved(by=LASTS - timedelta(days=10)):
        give_out_link(order_id=order.pk)
    with clock.moved(by=LASTS + timedelta(days=10)):
        assert find_by_link(token) == order
    with clock.moved(by=2 * LASTS), pytest.raises(NotFound):
        find_by_link(token)


def test_a_revoked_link_opens_nothing_and_the_next_is_another() -> None:
    order = make_order()
    token = give_out_link(order_id=order.pk)

    with pytest.raises(NotFound):
        revoke_link(order_id=order.pk, actor=staff_actor("stock.view"))
    assert find_by_link(token) == order
    revoke_link(order_id=order.pk, actor=SYSTEM)

    with pytest.raises(NotFound):
        find_by_link(token)
    assert find_by_link(give_out_link(order_id=order.pk)) == order


def test_a_link_goes_on_working_when_the_key_is_rotated(settings: Any) -> None:
    order = make_order()
    token = give_out_link(order_id=order.pk)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, another key, another key"

    assert give_out_link(order_id=order.pk) == token
    settings.SECRET_KEY_FALLBACKS = []
    renewed = give_out_link(order_id=order.pk)

    assert renewed != token
    assert find_by_link(renewed) == order
