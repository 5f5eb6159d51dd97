"""The send ledger: once per cause, once per message, tried again, given up, no secret left."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection, transaction

from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.ids import uuid7
from omni.events.models import StoredEvent
from omni.messages import ledger
from omni.messages import operations as messages
from omni.messages.addresses import MAILBOX
from omni.messages.ledger import Outcome
from omni.messages.models import Message
from omni.messages.queries import get_message, messages_about, messages_to, messages_visible_to
from omni.messages.queueing import keep_for_caller
from omni.messages.sealing import BULLETS, open_sealed
from omni.work.models import Incident
from tests.factories.messages import make_draft, make_message
from tests.factories.omni import make_staff, staff_actor, staff_client

pytestmark = pytest.mark.django_db

DOWN = "tests.omni.messages.backends.ServerIsAway"
REFUSES = "tests.omni.messages.backends.RecipientRefused"
CODE = "7K3M9Q2X"


def later(**span: float) -> int:
    with clock.moved(by=timedelta(**span)):
        return messages.send_due()


def test_a_queued_message_is_sent_once_and_told() -> None:
    customer_id, channel_id = uuid7(), uuid7()
    message = make_message(
        html="<p>Good day</p>",
        sender=messages.sender_of("Atelier", "shop@atelier.example"),
        customer_id=customer_id,
        channel_id=channel_id,
        subject_kind="order",
        subject_id=str(uuid4()),
    )

    tries = messages.send_due(), messages.send_due()

    (sent,) = mail.outbox
    assert tries == (1, 0)
    assert (sent.to, sent.from_email) == (["eve@example.com"], "Atelier <shop@atelier.example>")
    assert (sent.subject, sent.body) == ("Hello", "Good day, Eve.")
    assert sent.alternatives[0][1] == "text/html"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    message.refresh_from_db()
    assert (message.status, message.attempts, message.provider) == ("sent", 1, "mail")
    assert message.provider_reference == sent.extra_headers["Message-ID"]
    assert str(message.pk) in message.provider_reference
    assert message.sent_at is not None
    assert message.lease is None
    event = StoredEvent.objects.get(type="message.sent")
    assert (event.customer_id, event.payload["purpose"]) == (customer_id, "order_placed")
    assert "eve@example.com" not in str(event.payload)


def test_the_same_cause_is_one_message() -> None:
    first = make_message(reference="event:7:order_placed")

    again = make_message(reference="event:7:order_placed", text="Another text.")

    assert again.pk == first.pk
    assert Message.objects.get().text == "Good day, Eve."


def test_what_is_rolled_back_is_never_sent() -> None:
    with transaction.atomic():
        make_message()
        transaction.set_rollback(True)

    assert messages.send_due() == 0
    assert not Message.objects.exists()


def test_a_message_in_hand_is_left_alone_until_its_lease_lapses() -> None:
    message = make_message()
    (claimed,) = ledger.claim(limit=5)

    while_held = later(seconds=60)
    after = later(seconds=130)
    # The one that was believed dead comes back: its result is late and changes nothing.
    ledger.settle(claimed, Outcome("refused", "mail", error="late"))

    assert (while_held, after) == (0, 1)
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("sent", 2)


def test_a_message_that_cannot_be_sent_waits_longer_each_time(settings: Any) -> None:
    settings.EMAIL_BACKEND = DOWN
    message = make_message()

    tries = [messages.send_due(), later(seconds=3), later(seconds=6), later(seconds=20)]

    message.refresh_from_db()
    assert tries == [1, 0, 1, 0]
    assert (message.status, message.attempts) == ("queued", 2)
    assert message.last_error == "ConnectionRefusedError"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert later(minutes=2) == 1
    message.refresh_from_db()
    assert (message.status, message.last_error) == ("sent", "")


def test_after_a_day_it_is_given_up_with_one_incident_for_all(settings: Any) -> None:
    settings.EMAIL_BACKEND = DOWN
    rows = [make_message(secrets=("Eve",), customer_id=uuid7()) for _ in range(2)]

    for day in range(len(ledger.SCHEDULE) + 1):
        later(days=2 * day)

    assert {row.status for row in Message.objects.all()} == {"failed"}
    assert {row.attempts for row in Message.objects.all()} == {len(ledger.SCHEDULE) + 1}
    incident = Incident.objects.get()
    assert (incident.kind, incident.subject_id, incident.times) == ("messages_given_up", "mail", 2)
    assert "eve@example.com" not in f"{incident.summary} {incident.details}"
    assert {bytes(row.sealed) for row in Message.objects.all()} == {b""}
    assert StoredEvent.objects.filter(type="message.not_sent").count() == len(rows)
    assert later(days=90) == 0


def test_a_recipient_that_is_refused_is_not_tried_again(settings: Any) -> None:
    settings.EMAIL_BACKEND = REFUSES
    message = make_message(customer_id=uuid7())

    tries = messages.send_due(), later(days=1)

    message.refresh_from_db()
    assert tries == (1, 0)
    assert (message.status, message.last_error) == ("refused", "recipient_refused_550")
    assert StoredEvent.objects.get().payload["reason"] == "recipient_refused_550"
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "over",
    [
        {"recipient": "eve@example.com\nBcc: all@example.com"},
        {"sender": "Atelier\r\nBcc: all@example.com <a@b.example>"},
    ],
)
def test_nothing_gets_into_a_header(over: dict[str, str]) -> None:
    message = make_message(**over)

    messages.send_due()

    message.refresh_from_db()
    assert (message.status, message.last_error) == ("refused", "not_an_address")
    assert not mail.outbox


def test_subjects_and_brands_are_one_line() -> None:
    make_message(subject="Order\r\nBcc: all@example.com\u2028x\x00")

    messages.send_due()

    assert mail.outbox[0].subject == "Order Bcc: all@example.com x"
    assert messages.sender_of("A\nB\x00", "a@b.example") == "A B <a@b.example>"


def test_secrets_are_read_by_nobody_but_the_recipient() -> None:
    message = make_message(
        subject=f"Your code: {CODE}",
        text=f"Here: {CODE}",
        html=f"<b>{CODE}</b>",
        secrets=(CODE,),
    )
    kept = stored(message)
    content = open_sealed(message.sealed)

    messages.send_due()

    message.refresh_from_db()
    assert CODE not in kept
    assert (message.subject, message.text) == (f"Your code: {BULLETS}", f"Here: {BULLETS}")
    assert content is not None
    assert CODE in content.text
    assert CODE in mail.outbox[0].subject
    assert CODE in mail.outbox[0].body
    assert CODE in str(mail.outbox[0].alternatives[0][0])
    assert bytes(message.sealed) == b""
    assert CODE not in stored(message)


def stored(message: Message) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT omni_message::text FROM omni_message WHERE id = %s", [message.pk])
        return str(cursor.fetchone()[0])


def test_a_key_that_was_rotated_still_opens_what_waits(settings: Any) -> None:
    make_message(text=CODE, secrets=(CODE,))
    lost = make_message(text=CODE, secrets=(CODE,), recipient="dan@example.com")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, another key, another key"

    (claimed,) = ledger.claim(limit=1)
    settings.SECRET_KEY_FALLBACKS = []
    messages.send_due()

    assert claimed.outgoing.text == CODE
    lost.refresh_from_db()
    assert (lost.status, lost.last_error) == ("refused", "sealed_by_a_lost_key")
    assert not mail.outbox


def test_the_mailbox_of_the_demo_keeps_what_it_shows(settings: Any) -> None:
    settings.EMAIL_BACKEND = MAILBOX
    message = make_message(text=f"Here: {CODE}", secrets=(CODE,))
    text_message = make_message(medium="sms", recipient="+491701234567")

    messages.send_due()
    mail.send_mail("Set a password", "by this link", None, ["ada@example.com"])

    message.refresh_from_db()
    text_message.refresh_from_db()
    assert (message.status, message.provider, message.text) == ("sent", "mailbox", f"Here: {CODE}")
    assert bytes(message.sealed) == b""
    assert (text_message.status, text_message.provider) == ("sent", "mailbox")
    other = Message.objects.get(purpose="mail")
    assert (other.recipient, other.status) == ("ada@example.com", "sent")


def test_without_a_gateway_a_merchant_sends_no_text_messages(settings: Any) -> None:
    settings.DEMO = False
    message = make_message(medium="sms", recipient="+491701234567")

    messages.send_due()

    message.refresh_from_db()
    assert (message.status, message.last_error) == ("refused", "no_provider")


def test_what_became_pointless_is_not_sent() -> None:
    message = make_message(expires_at=clock.now() + timedelta(minutes=15))

    assert later(minutes=16) == 0

    message.refresh_from_db()
    assert (message.status, message.last_error) == ("failed", "expired")
    assert not mail.outbox


def test_who_waits_for_a_message_gets_it_at_once_or_never(settings: Any) -> None:
    sent = messages.send_at_once(draft=make_draft(reference="a"), actor=SYSTEM, is_final=True)
    again = messages.send_at_once(draft=make_draft(reference="a"), actor=SYSTEM, is_final=True)
    settings.EMAIL_BACKEND = DOWN
    failed = messages.send_at_once(draft=make_draft(reference="b"), actor=SYSTEM, is_final=True)
    waits = messages.send_at_once(draft=make_draft(reference="c"), actor=SYSTEM)

    assert [row.status for row in (sent, failed, waits)] == ["sent", "failed", "queued"]
    assert again.pk == sent.pk
    assert len(mail.outbox) == 1


def test_nobody_takes_what_somebody_sends_at_once() -> None:
    keep_for_caller(draft=make_draft(), wait=ledger.LEASE, actor=SYSTEM)

    assert messages.send_due() == 0
    # The caller died.
    assert later(seconds=121) == 1


def test_list_of_messages_leads_to_the_page_that_hides_what_opens_something() -> None:
    row = make_message(text="Your code: ABC-123")
    client = staff_client(make_staff(Permission.CUSTOMERS_VIEW, Permission.ORDERS_VIEW))

    page = client.get(f"/admin/omni/message/{row.pk}/change/").content.decode()
    spelt = client.get("/admin/omni/message/?text__contains=ABC")

    assert "ABC-123" not in page
    assert f'href="/office/messages/{row.pk}"' in page
    assert client.get(f"/office/messages/{row.pk}").status_code == 200
    assert spelt.status_code == 400


def test_messages_are_seen_by_who_may_see_customers() -> None:
    customer_id, order_id = uuid7(), uuid7()
    message = make_message(customer_id=customer_id, subject_kind="order", subject_id=str(order_id))
    make_message()
    clerk, nobody = staff_actor("customers.view"), staff_actor("stock.view")
    of_a_store = staff_actor("customers.view", location_id=uuid7())

    assert messages_visible_to(clerk).count() == 2
    assert list(messages_to(clerk, [customer_id])) == [message]
    assert list(messages_about(clerk, "order", order_id)) == [message]
    assert get_message(clerk, message.pk) == message
    assert not messages_visible_to(nobody).exists()
    assert not messages_visible_to(of_a_store).exists()
