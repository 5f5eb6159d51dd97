"""The first page of the back office says where sales bear no tax because no rate is entered."""

from __future__ import annotations

from datetime import date

import pytest

from inventory.channels.models import ChannelStatus
from inventory.locations.models import LocationStatus
from omni.access.permissions import Permission
from orders.pricing.queries import countries_without_tax
from tests.factories.inventory import make_channel, make_location
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders import make_tax_rate

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)


def test_countries_without_tax_are_those_where_nothing_is_in_force():
    make_channel(country="FR")
    make_location(country="GB")
    make_channel(country="DE", status=ChannelStatus.CLOSED)
    make_location(country="ES", status=LocationStatus.CLOSED)

    assert countries_without_tax(on=TODAY) == ["FR", "GB"]
    make_tax_rate("FR", "0.055", tax_class="reduced")
    make_tax_rate("GB", "0.2", valid_until=TODAY)
    assert countries_without_tax(on=TODAY) == ["FR", "GB"]
    make_tax_rate("FR", "0")
    make_tax_rate("GB", "0.2", valid_from=TODAY)
    assert countries_without_tax(on=TODAY) == []


def test_index_warns_those_who_may_enter_a_rate():
    make_channel(country="FR")
    ada = staff_client(make_staff(Permission.PRICES_EDIT))
    ben = staff_client(make_staff(Permission.CATALOG_VIEW))

    assert "Sales in FR bear no tax" in ada.get("/admin/").content.decode()
    assert "bear no tax" not in ben.get("/admin/").content.decode()

    make_tax_rate("FR", "0.2")
    assert "bear no tax" not in ada.get("/admin/").content.decode()
