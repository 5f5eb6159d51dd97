"""What a set of grants allows, and where."""

import pytest

from omni.access.actor import ANONYMOUS, SYSTEM, Actor, Granted
from omni.access.permissions import Permission
from omni.core.errors import NotAllowed
from omni.core.ids import uuid7

LYON, NICE, WEB = uuid7(), uuid7(), uuid7()
VIEW, REFUND = Permission.ORDERS_VIEW, Permission.PAYMENTS_REFUND


def actor(*grants):
    return Actor(kind="staff", user_id=uuid7(), grants=grants)


EVERYWHERE = Granted(frozenset({VIEW}))
IN_LYON = Granted(frozenset({VIEW}), "location", LYON)
ON_WEB = Granted(frozenset({VIEW}), "channel", WEB)


@pytest.mark.parametrize(
    ("grants", "place", "expected"),
    [
        ((), {}, False),
        ((EVERYWHERE,), {}, True),
        ((EVERYWHERE,), {"location_id": NICE}, True),
        ((EVERYWHERE,), {"channel_id": WEB}, True),
        ((IN_LYON,), {}, True),
        ((IN_LYON,), {"location_id": LYON}, True),
        ((IN_LYON,), {"location_id": NICE}, False),
        ((IN_LYON,), {"channel_id": WEB}, False),
        ((ON_WEB,), {"channel_id": WEB}, True),
        ((ON_WEB,), {"location_id": LYON}, False),
        ((ON_WEB,), {"location_id": LYON, "channel_id": WEB}, True),
        ((IN_LYON, ON_WEB), {"location_id": NICE, "channel_id": LYON}, False),
    ],
)
def test_may_holds_where_it_is_granted(grants, place, expected):
    assert actor(*grants).may(VIEW, **place) is expected
    assert actor(*grants).may(REFUND, **place) is False


def test_require_names_the_missing_permission():
    with pytest.raises(NotAllowed) as refusal:
        actor(IN_LYON).require(VIEW, location_id=NICE)

    assert refusal.value.details == {"permission": "orders.view"}


def test_location_ids_are_those_granted_or_none_for_everywhere():
    assert actor(IN_LYON, ON_WEB).location_ids(VIEW) == {LYON}
    assert actor(IN_LYON, EVERYWHERE).location_ids(VIEW) is None
    assert actor(ON_WEB).channel_ids(VIEW) == {WEB}
    assert actor().location_ids(VIEW) == frozenset()


def test_limit_is_the_highest_that_holds_there():
    small = Granted(frozenset({REFUND}), "location", LYON, refund_limit_minor=1000)
    large = Granted(frozenset({REFUND}), "location", NICE, refund_limit_minor=5000)
    without = Granted(frozenset({REFUND}))

    assert actor(small, large).limit(REFUND, "refund_limit_minor") == 5000
    assert actor(small, large).limit(REFUND, "refund_limit_minor", location_id=LYON) == 1000
    assert actor(small, without).limit(REFUND, "refund_limit_minor") is None
    assert actor().limit(REFUND, "refund_limit_minor") == 0


def test_system_may_all_and_nobody_may_nothing():
    for permission in Permission:
        assert SYSTEM.may(permission, location_id=LYON, channel_id=WEB)
        assert not ANONYMOUS.may(permission)


def test_principal_says_who_it_is():
    user, customer, key, channel = (uuid7() for _ in range(4))

    assert Actor(kind="staff", user_id=user).principal == f"staff:{user}"
    assert Actor(kind="customer", customer_id=customer).principal == f"customer:{customer}"
    assert Actor(kind="api_key", api_key_id=key).principal == f"key:{key}"
    assert Actor(kind="anonymous", channel_id=channel).principal == f"channel:{channel}"
    assert (SYSTEM.principal, ANONYMOUS.principal) == ("system", "anonymous")
