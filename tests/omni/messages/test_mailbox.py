"""The demo's mailbox: newest first, by recipient, HTML without any script; gone elsewhere."""

from typing import Any

import pytest
from django.test import Client

from omni.messages import operations as messages
from omni.messages.addresses import MAILBOX
from omni.messages.models import Message
from tests.factories.messages import make_message

pytestmark = pytest.mark.django_db

XSS = "<script>alert(1)</script>"
HTML = f"<html><head><style>p {{ color: red }}</style></head><body><p>&lt;b&gt;{XSS}</body></html>"


@pytest.fixture
def box(settings: Any) -> Client:
    settings.EMAIL_BACKEND = MAILBOX
    return Client()


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_the_newest_comes_first_and_one_recipient_is_found(box: Client) -> None:
    make_message(subject="First one")
    make_message(subject="Second one", recipient="dan@example.com")
    sms = make_message(medium="sms", recipient="+491701234567", text="Your code is here")
    messages.send_due()

    everything, of_dan = page(box, "/mailbox/"), page(box, "/mailbox/?to=DAN")

    places = [everything.index(t) for t in ("Your code is here", "Second one", "First one")]
    assert places == sorted(places)
    assert "Second one" in of_dan
    assert "First one" not in of_dan
    assert "Your code is here" in page(box, f"/mailbox/{sms.pk}")


def test_pages_hold_thirty_and_lead_on(box: Client, django_assert_max_num_queries: Any) -> None:
    first = make_message(subject="The very first")
    for _ in range(30):
        make_message()

    with django_assert_max_num_queries(3):
        page_one = page(box, "/mailbox/?to=eve")

    assert "The very first" not in page_one
    last = Message.objects.order_by("-pk")[29].pk
    assert f"before={last}" in page_one
    assert "The very first" in page(box, f"/mailbox/?to=eve&before={last}")
    assert page(box, "/mailbox/?before=nonsense")
    assert first.pk < last


def test_what_is_shown_is_harmless(box: Client) -> None:
    row = make_message(subject=XSS, text=f"{XSS} http://shop.example/", html=HTML, recipient=XSS)

    for address in ("/mailbox/", f"/mailbox/{row.pk}"):
        assert XSS not in page(box, address)
    answer = box.get(f"/mailbox/{row.pk}/html")

    policy = answer.headers["Content-Security-Policy"]
    for directive in ("script-src", "default-src", "connect-src", "form-action"):
        assert f"{directive} 'none'" in policy
    body = answer.content.decode()
    assert "<style>" not in body
    assert 'href="/static/omni/mail' in body
    assert box.get(f"/mailbox/{make_message().pk}/html").status_code == 404


def test_elsewhere_there_is_no_mailbox(box: Client, settings: Any) -> None:
    row = make_message(html=HTML)
    settings.DEMO = False

    for address in ("/mailbox/", f"/mailbox/{row.pk}", f"/mailbox/{row.pk}/html"):
        assert box.get(address).status_code == 404
