"""From events to messages: one each, in the reader's language, harmless whatever names hold."""

from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.core import mail

from customers.profiles.operations import CustomerChanges, change_customer
from inventory.locations.models import Method
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.events import operations as events
from omni.events.models import StoredEvent, SubscriptionPosition
from omni.events.phrases import say
from omni.messages import operations as messages
from omni.messages.models import Message
from omni.messages.sealing import BULLETS
from orders.aftersales import operations as aftersales
from orders.fulfilment import operations as fulfilment
from orders.sales.models import Order
from orders.sales.queries import find_by_link
from tests.factories.customers import make_customer, make_identifier
from tests.factories.orders_work import (
    Shop,
    Sold,
    code_of,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    pick_all,
    work_of,
)

pytestmark = pytest.mark.django_db

SHIP = Sold(method=Method.SHIP)
XSS = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.fixture
def shop() -> Shop:
    return make_shop(language="en", sender_email="shop@atelier.example", country="GB")


def told() -> list[str]:
    """What was queued since the last look, by purpose; the events are read twice."""
    events.drain()
    seen = set(Message.objects.values_list("pk", flat=True))
    positions_back()
    events.drain()
    assert set(Message.objects.values_list("pk", flat=True)) == seen
    fresh = Message.objects.filter(status="queued").order_by("pk")
    purposes = [row.purpose for row in fresh]
    messages.send_due()
    return purposes


def positions_back() -> None:
    """As after a restore: the subscription sees everything once more."""
    SubscriptionPosition.objects.filter(pk="messages").delete()


def dispatch(order: Order) -> None:
    row = pick_all(work_of(order))
    parcel = fulfilment.pack(
        fulfilment_order_id=row.pk, carrier="Posta", tracking_number="T-1", actor=SYSTEM
    )
    assert parcel
    fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)


def test_a_pickup_is_told_from_placed_to_collected(shop: Shop) -> None:
    order = make_order(shop, Sold(quantity=2))
    assert told() == ["order_placed"]
    row = make_ready(order)
    assert told() == ["pickup_ready"]

    ready = mail.outbox[-1]
    code = code_of(row)
    assert (ready.to, ready.from_email) == (["eve@example.com"], "Atelier <shop@atelier.example>")
    assert order.number in ready.subject
    assert "Hello Eve Adams," in ready.body
    html = str(ready.alternatives[0][0])
    for part in (ready.body, html):
        assert code in part
        assert "Lyon" in part
        assert "open all day" in part
    link = next(word for word in ready.body.split() if "/o/" in word)
    assert link.startswith("http://127.0.0.1:8000/o/ol_")
    assert find_by_link(link.rpartition("/")[2]) == order
    assert f'href="{link}"' in html
    kept = Message.objects.get(purpose="pickup_ready")
    assert code not in f"{kept.subject} {kept.text} {kept.html}"
    assert "ol_" not in kept.text
    assert BULLETS in kept.text
    assert (kept.subject_kind, kept.subject_id, kept.basis) == ("order", str(order.pk), "order")

    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code, actor=SYSTEM)
    assert told() == ["handed_over"]
    assert "2 ×" in mail.outbox[-1].body


def test_the_confirmation_adds_up(shop: Shop) -> None:
    make_order(shop, Sold(quantity=2), Sold(price_minor=1999))

    told()

    body = mail.outbox[0].body
    assert "£" not in body
    for line in ("Total: €39.99", "of which tax 20%: €6.66", "Paid: Card at the terminal: €39.99"):
        assert line in body


def test_a_parcel_is_told(shop: Shop) -> None:
    order = make_order(shop, SHIP)
    assert told() == ["order_placed"]
    assert "on its way" in mail.outbox[-1].body
    dispatch(order)
    assert told() == ["shipment_sent"]
    assert "Posta: T-1" in mail.outbox[-1].body
    fulfilment.deliver(fulfilment_order_id=work_of(order).pk, actor=SYSTEM)
    assert told() == ["shipment_delivered"]


def test_cancelled_and_refunded_is_told_with_the_amount(shop: Shop) -> None:
    order = make_order(shop, Sold(quantity=2))
    told()

    aftersales.cancel_order(order_id=order.pk, units=[(lines_of(order)[0].pk, 1)], actor=SYSTEM)
    assert told() == ["order_cancelled"]
    assert mail.outbox[-1].subject == f"A part of your order {order.number} was cancelled"
    assert "€10.00" in mail.outbox[-1].body
    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)
    assert told() == ["order_cancelled"]
    assert mail.outbox[-1].subject == f"Your order {order.number} was cancelled"


def test_an_unpaid_order_that_is_cancelled_costs_nothing(shop: Shop) -> None:
    order = make_order(shop, pay="", payment_policy="pay_at_collection")
    told()

    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    assert told() == ["order_cancelled"]
    assert "you need pay nothing" in mail.outbox[-1].body


def test_nothing_is_told_of_an_order_that_waits_for_its_money(shop: Shop) -> None:
    make_order(shop, pay="")

    assert told() == []


def test_what_is_missing_and_what_moves_is_told(shop: Shop) -> None:
    order = make_order(shop, Sold(quantity=3))
    told()
    row = work_of(order)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    (line,) = row.lines.all()

    fulfilment.pick_line(
        fulfilment_order_id=row.pk, line_id=line.pk, picked=1, short=1, reason="not_found",
        actor=SYSTEM,
    )  # fmt: skip
    assert told() == ["items_missing"]
    assert "1 × " in mail.outbox[-1].body
    fulfilment.reject(fulfilment_order_id=row.pk, reason="not_found", actor=SYSTEM)

    assert told() == ["store_changed"]
    assert "Nice" in mail.outbox[-1].body


def test_what_no_store_has_is_told(shop: Shop) -> None:
    order = make_order(shop, Sold(quantity=2))
    make_order(shop, Sold(quantity=10, location=shop.nice))
    told()

    fulfilment.reject(fulfilment_order_id=work_of(order).pk, reason="not_found", actor=SYSTEM)

    assert told() == ["items_missing"]
    assert "2 × " in mail.outbox[-1].body


def test_who_did_not_come_is_told_and_again_when_it_waits_again(shop: Shop) -> None:
    order = make_order(shop)
    told()
    row = make_ready(order)
    told()

    with clock.moved(by=timedelta(days=8)):
        assert fulfilment.mark_no_shows() == 1
        assert told() == ["pickup_missed"]
        fulfilment.reinstate(fulfilment_order_id=row.pk, actor=SYSTEM)
        assert told() == ["pickup_ready"]


def test_who_gets_more_time_of_the_store_is_told_until_when(shop: Shop) -> None:
    order = make_order(shop)
    row = make_ready(order)
    told()

    fulfilment.extend_for_customer(fulfilment_order_id=row.pk, reason="ill", actor=SYSTEM)

    assert told() == ["pickup_extended"]
    body = mail.outbox[-1].body
    assert code_of(row) in body
    assert "Please collect by" in body


def test_what_is_no_longer_so_is_not_told(shop: Shop) -> None:
    order = make_order(shop)
    told()
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    assert told() == ["handed_over"]


def test_history_is_told_to_nobody(shop: Shop) -> None:
    with clock.moved(by=timedelta(hours=-25)):
        collect(make_order(shop))

    assert told() == []
    assert StoredEvent.objects.filter(type="pickup.ready").exists()


@pytest.mark.parametrize(
    ("language", "channel", "subject", "total", "day"),
    [
        ("fr", "en", "Merci pour votre commande", "39,99\xa0€", "Prêt au plus tard"),
        ("de", "en", "Vielen Dank für Ihre Bestellung", "39,99\xa0€", "Bereit bis"),
        ("", "fr", "Merci pour votre commande", "39,99\xa0€", "Prêt au plus tard"),
        ("zz", "en", "Thank you for your order", "€39.99", "Ready by"),
        ("pl", "fr", "Merci pour votre commande", "39,99\xa0€", "Prêt au plus tard"),
    ],
)
def test_messages_speak_the_readers_language(
    language: str, channel: str, subject: str, total: str, day: str
) -> None:
    shop = make_shop(language=channel, country="GB")
    customer = make_customer(language="en")
    change = CustomerChanges(language=language)
    if language != "zz":
        change_customer(customer_id=customer.pk, changes=change, actor=SYSTEM)
    else:
        type(customer).objects.filter(pk=customer.pk).update(language=language)
    make_order(shop, Sold(price_minor=3999), customer_id=customer.pk)

    assert told() == ["order_placed"]

    (sent,) = mail.outbox
    assert subject in sent.subject
    assert total in sent.body.replace("\u202f", "\xa0")
    assert day in sent.body
    assert Message.objects.get().language == (language if language in ("fr", "de") else channel)


def test_catalogs_are_compiled_and_whole() -> None:
    for language in ("fr", "de"):
        folder = Path("locale", language, "LC_MESSAGES")
        with (folder / "django.po").open("rb") as written, (folder / "django.mo").open("rb") as mo:
            texts = {m.id: m.string for m in read_po(written) if m.id}
            compiled = {m.id: m.string for m in read_mo(mo) if m.id}
        assert texts == compiled
        assert not [text for text, said in texts.items() if not said]


def test_markup_in_names_is_harmless(shop: Shop) -> None:
    shop.channel.brand_name = f"{XSS}\r\nBcc: all@example.com"
    shop.channel.save()
    shop.variant.sku = XSS[:60]
    shop.variant.save()
    make_order(shop, contact_name=f"{XSS}\r\nBcc: all@example.com")

    assert told() == ["order_placed"]

    (sent,) = mail.outbox
    html = str(sent.alternatives[0][0])
    head = sent.message().as_string().partition("\n\n")[0]
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert not [line for line in head.splitlines() if line.lower().startswith("bcc")]
    assert sent.recipients() == ["eve@example.com"]
    assert "Hello,\n" in sent.body


@pytest.mark.parametrize("name", ["Visit https://evil.example", "www.evil.example", "x" * 61])
def test_a_name_that_is_an_advertisement_is_no_name(shop: Shop, name: str) -> None:
    make_order(shop, contact_name=name)

    told()

    assert "evil" not in mail.outbox[0].body
    assert "Hello,\n" in mail.outbox[0].body


def test_a_phone_gets_what_matters_where_no_address_is_known(shop: Shop) -> None:
    order = make_order(shop, email="", phone="+491701234567")
    assert told() == []
    row = make_ready(order)
    code = code_of(row)

    events.drain()
    message = Message.objects.get()
    messages.send_due()

    assert (message.medium, message.recipient) == ("sms", "+491701234567")
    message.refresh_from_db()
    assert message.text.startswith(f"Atelier: Your order {order.number} is ready to collect. Code ")
    assert code in message.text
    assert "\n" not in message.text.strip()


def test_a_signed_in_customer_is_reached_by_what_they_proved(shop: Shop) -> None:
    customer = make_customer()
    make_identifier(customer=customer, value="proved@example.com", is_verified=True)
    make_identifier(customer=customer, value="+491701234567", kind="phone")
    make_order(shop, email="", customer_id=customer.pk)
    make_order(shop, email="")

    assert told() == ["order_placed"]

    assert mail.outbox[0].to == ["proved@example.com"]
    event = StoredEvent.objects.get(type="message.sent")
    events.drain()
    assert event.customer_id == customer.pk
    assert say(event.type, event.payload) == "Was sent the confirmation of the order by e-mail"
