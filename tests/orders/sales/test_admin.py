"""Orders, carts and rates in the back office: granted, logged, and only rates can be changed."""

import pytest

from omni.access.models import AccessLog
from omni.access.permissions import Permission
from orders.pricing.models import TaxRate
from orders.sales.models import Order
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders import make_shipping_rate, make_shop, order_from_cart

pytestmark = pytest.mark.django_db

PAGES = {
    "order": Permission.ORDERS_VIEW,
    "cart": Permission.ORDERS_VIEW,
    "taxrate": Permission.CATALOG_VIEW,
    "shippingrate": Permission.CATALOG_VIEW,
}


@pytest.fixture
def rows():
    shop = make_shop()
    order = order_from_cart(shop, 2).order
    return {
        "order": order.pk,
        "cart": order.cart_id,
        "taxrate": TaxRate.objects.get().pk,
        "shippingrate": make_shipping_rate(shop.channel).pk,
    }


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_to_whoever_is_granted(page, rows):
    client = staff_client(make_staff(PAGES[page]))
    refused = staff_client(make_staff(Permission.STOCK_VIEW))

    assert client.get(f"/admin/orders/{page}/").status_code == 200
    assert client.get(f"/admin/orders/{page}/{rows[page]}/change/").status_code == 200
    assert refused.get(f"/admin/orders/{page}/").status_code == 403


def test_an_order_page_shows_its_parts_and_the_look_is_logged(rows):
    client = staff_client(make_staff(Permission.ORDERS_VIEW))

    page = client.get(f"/admin/orders/order/{rows['order']}/change/").content.decode()

    order = Order.objects.get()
    assert order.number in page
    assert "39.98" in page
    assert order.token_digest not in page
    assert AccessLog.objects.get(kind="order").subject_id == str(order.pk)


def test_orders_and_carts_are_only_looked_at(rows):
    client = staff_client(make_staff(Permission.ORDERS_VIEW, Permission.PRICES_EDIT))

    for page in ("order", "cart"):
        for verb in ("change", "delete"):
            answer = client.post(f"/admin/orders/{page}/{rows[page]}/{verb}/", {"post": "yes"})
            assert answer.status_code == 403
        assert client.get(f"/admin/orders/{page}/add/").status_code == 403
    assert Order.objects.get().status == "confirmed"


def test_staff_of_another_store_do_not_see_the_order(rows):
    user = make_staff(Permission.ORDERS_VIEW, location_id=make_location().pk)
    client = staff_client(user)

    assert Order.objects.get().number not in client.get("/admin/orders/order/").content.decode()
    assert client.get(f"/admin/orders/order/{rows['order']}/change/").status_code == 302
    assert client.get("/admin/orders/cart/").status_code == 403
    assert not AccessLog.objects.filter(kind="order").exists()


def test_a_tax_rate_is_changed_by_whoever_keeps_prices(rows):
    client = staff_client(make_staff(Permission.PRICES_EDIT))
    looker = staff_client(make_staff(Permission.CATALOG_VIEW))
    form = {
        "country": "FR",
        "region": "",
        "tax_class": "standard",
        "rate": "0.21",
        "valid_from": "2000-01-01",
        "valid_until": "",
    }
    path = f"/admin/orders/taxrate/{rows['taxrate']}/change/"

    assert looker.post(path, form).status_code == 403
    refused = client.post(path, form | {"country": "fr"})
    assert refused.status_code == 200
    assert list(refused.context["errors"])
    assert str(TaxRate.objects.get().rate) == "0.20000"
    assert client.post(path, form).status_code == 302
    assert str(TaxRate.objects.get().rate) == "0.21000"
