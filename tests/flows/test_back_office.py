"""A merchant begins with an empty house: every step of the merchant's guide, and the first sale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from omni.audit import runner
from omni.events import operations as events
from tests.flows.back_office import BackOffice, Fields
from tests.flows.cast import Storefront, euro, told

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("flows"),
]
OWNER, PASSWORD = "owner@maison.example", "a long sentence of the owner"
WEEK = [{"weekday": day, "opens_at": "00:00:00", "closes_at": "00:00:00"} for day in range(7)]


@dataclass
class House:
    """What the owner made so far, by what it is called in the guide."""

    office: BackOffice
    ids: dict[str, str] = field(default_factory=dict)

    def adds(self, word: str, model: str, rows: Any = None, /, **fields: Any) -> str:
        self.ids[word] = self.office.adds(model, rows, **fields)
        return self.ids[word]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """The first login is made on the machine; everything else in the back office."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email=OWNER, interactive=False, verbosity=0)
    return House(BackOffice(OWNER, PASSWORD))


def test_a_merchant_sets_up_shop_and_sells(house: House) -> None:
    _sets_up(house)
    shop = _opens_the_shop(house)

    _receives_goods(house)
    offered = shop.get("products", {"search": "teapot"})["results"]
    done = shop.checks_out(
        shop.adds(shop.opens_cart(), "TEAPOT", "quay"),
        "pay_at_collection",
        {"name": "Rose Blanc", "email": "rose@example.com"},
    )

    assert [each["slug"] for each in offered] == ["teapot"]
    assert done["order"]["total"] == euro(4500)
    assert done["order"]["tax"] == euro(750)
    assert shop.units("teapot", "TEAPOT", "quay") == 11
    assert done["order"]["number"] in house.office.page("/admin/orders/order/")
    _nothing_is_broken()


def test_a_colleague_sees_their_own_store_only(house: House, mailoutbox: list[Any]) -> None:
    _sets_up(house)
    _receives_goods(house)
    role = house.adds(
        "role",
        "omni/role",
        code="clerk",
        name="Clerk",
        permissions=["stock.view", "fulfilment.view", "pickup.hand_over"],
    )
    user = house.adds("lea", "omni/user", email="lea@maison.example", display_name="Lea")
    elsewhere = house.adds("barge", "inventory/location", **_place("barge"))
    scope = {"scope_kind": "location", "scope_id": elsewhere}
    since = {"valid_from_0": "2020-01-01", "valid_from_1": "00:00:00"}
    house.adds("grant", "omni/grant", user=user, role=role, **scope, **since)

    lea = BackOffice("lea@maison.example", _sets_password(mailoutbox))

    assert "TEAPOT" in house.office.page("/admin/inventory/stocklevel/")
    assert "TEAPOT" not in lea.page("/admin/inventory/stocklevel/")
    assert lea.client.get("/admin/omni/user/").status_code == 403


def test_a_count_in_the_back_office_corrects_the_level(house: House) -> None:
    _sets_up(house)
    _receives_goods(house)
    page = house.office.page("/admin/inventory/stocklevel/")
    level = page.partition("/admin/inventory/stocklevel/")[2].partition("/change/")[0]

    house.office.changes("inventory/stocklevel", level, counted="9", reason="count")

    corrected = house.office.page(f"/admin/inventory/stocklevel/{level}/change/")
    assert "-3" in corrected
    _nothing_is_broken()


def test_a_revoked_key_opens_nothing_any_more(house: House) -> None:
    _sets_up(house)
    shop = _opens_the_shop(house)

    house.office.does("revoke", "omni/channelkey", house.ids["key"])

    assert shop.get("channel", status=401)["code"] == "authentication_failed"


def _sets_up(house: House) -> None:
    """Channel, store, till, taxes, goods, prices: in the order of the guide."""
    channel = house.adds(
        "web",
        "inventory/channel",
        code="web",
        name="Web shop",
        kind="web",
        currency="EUR",
        language="en",
        country="FR",
        brand_name="Maison",
    )
    house.adds("quay", "inventory/location", _store_tables(channel), **_place("quay"))
    house.adds(
        "till",
        "orders/register",
        location=house.ids["quay"],
        channel=channel,
        code="quay-1",
        name="Quay 1",
    )
    house.adds(
        "tax",
        "orders/taxrate",
        country="FR",
        tax_class="standard",
        rate="0.2",
        valid_from="2020-01-01",
    )
    house.adds("shipping", "orders/shippingrate", channel=channel, country="FR", price_minor="5.90")
    house.adds("tea", "inventory/category", name="Tea", slug="tea", position="1")
    variants = {"variants": [{"sku": "TEAPOT", "options": "{}", "unit": "piece", "position": "0"}]}
    variants["variants"][0] |= {"is_active": "on", "is_stocked": "on"}
    house.adds(
        "teapot",
        "inventory/product",
        variants,
        name="Teapot",
        slug="teapot",
        category=house.ids["tea"],
    )
    variant = house.office.page(f"/admin/inventory/product/{house.ids['teapot']}/change/")
    house.ids["variant"] = variant.partition("/admin/inventory/variant/")[2].partition("/")[0]
    house.adds(
        "price",
        "inventory/listing",
        variant=house.ids["variant"],
        channel=channel,
        price_minor="45.00",
    )


def _place(code: str) -> Fields:
    return {
        "code": code,
        "name": code.title(),
        "kind": "store",
        "time_zone": "Europe/Paris",
        "city": "Lyon",
        "country": "FR",
        "latitude": "45.76",
        "longitude": "4.83",
    }


def _store_tables(channel: str) -> dict[str, list[Fields]]:
    terms = {"is_active": "on", "window_days": "5", "slot_minutes": "0", "slot_capacity": "0"}
    services = ("pickup", "returns", "till")
    return {
        "opening_hours": WEEK,
        "services": [{"service": each, "lead_minutes": "60", **terms} for each in services],
        "channels": [
            {"channel": channel, "methods": "pickup,carry_out", "priority": "10", "buffer": "0"}
        ],
    }


def _opens_the_shop(house: House) -> Storefront:
    house.adds("key", "omni/channelkey", name="Web shop", channel_id=house.ids["web"])
    return Storefront("web", key=house.office.told("ck"))


def _receives_goods(house: House) -> None:
    """Twelve teapots arrive: with a key of the store's systems, over the API."""
    house.adds(
        "system",
        "omni/apikey",
        name="Warehouse system",
        permissions=["stock.receive"],
        scope_kind="location",
        scope_ids=house.ids["quay"],
    )
    delivery = {
        "location_id": house.ids["quay"],
        "delivery_note": "LN-1",
        "lines": [{"variant_id": house.ids["variant"], "quantity": 12}],
    }
    headers = {
        "Authorization": f"Bearer {house.office.told('ak')}",
        "Idempotency-Key": str(uuid4()),
    }
    answer = Client().post(
        "/api/v1/staff/stock/receipts", delivery, "application/json", headers=headers
    )
    told(answer, 201)


def _sets_password(mails: list[Any]) -> str:
    """A new colleague asks for the link on the sign-in page, and chooses a password."""
    browser = Client()
    browser.post("/staff/password/reset", {"email": "lea@maison.example"})
    link = next(word for word in mails[-1].body.split() if "/staff/password/reset/key/" in word)
    path = "/staff/" + link.partition("/staff/")[2]
    form = browser.get(path, follow=True).redirect_chain[-1][0]
    chosen = {"password1": "a long sentence of Lea", "password2": "a long sentence of Lea"}
    assert browser.post(form, chosen).status_code == 302
    return chosen["password1"]


def _nothing_is_broken() -> None:
    events.drain()
    assert [finding for finding in runner.run() if not finding.is_clean] == []
