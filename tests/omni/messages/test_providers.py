"""What providers answer, and what is made of it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

import pytest
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError

from omni.core.ids import uuid7
from omni.messages.addresses import MAILBOX, email_settings
from omni.messages.providers import can_send, provider_for
from omni.messages.providers.base import Outgoing, Refused, TryLater
from omni.messages.providers.mail import DjangoMail
from omni.messages.providers.sms_http import HttpSms


def outgoing(**over: Any) -> Outgoing:
    values: dict[str, Any] = {
        "message_id": uuid7(),
        "medium": "sms",
        "sender": "Atelier",
        "recipient": "+491701234567",
        "subject": "",
        "text": "Ready.",
    }
    return Outgoing(**values | over)


class Gateway:
    """An SMS gateway that answers as it is told."""

    def __init__(self) -> None:
        self.status, self.body = 202, '{"id": "sms-1"}'
        self.got: list[tuple[dict[str, str], Any]] = []


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    made = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
            self.send_response(made.status)
            self.end_headers()
            self.wfile.write(made.body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    settings.SMS_URL = f"http://127.0.0.1:{server.server_address[1]}/send"
    settings.SMS_TOKEN, settings.SMS_SENDER = "secret-token", ""
    yield made
    server.shutdown()
    server.server_close()


def test_a_text_message_is_posted_with_token_and_key(gateway: Gateway) -> None:
    given = outgoing()

    reference = HttpSms().send(given)

    ((headers, body),) = gateway.got
    assert reference == "sms-1"
    assert headers["authorization"] == "Bearer secret-token"
    assert headers["idempotency-key"] == str(given.message_id)
    assert body == {
        "from": "Atelier",
        "to": "+491701234567",
        "text": "Ready.",
        "reference": str(given.message_id),
    }


@pytest.mark.parametrize("body", ["", "[]", "not json", '{"other": 1}'])
def test_a_gateway_without_a_reference_is_believed(gateway: Gateway, body: str) -> None:
    gateway.body, given = body, outgoing()

    assert HttpSms().send(given) == str(given.message_id)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused), (422, Refused), (401, TryLater), (404, TryLater), (429, TryLater),
        (500, TryLater), (503, TryLater), (302, TryLater),
    ],
)  # fmt: skip
def test_answers_of_a_gateway(gateway: Gateway, status: int, error: type[Exception]) -> None:
    gateway.status = status

    with pytest.raises(error, match=str(status)):
        HttpSms().send(outgoing())


def test_a_gateway_that_is_away_and_a_number_that_is_none(settings: Any, gateway: Gateway) -> None:
    with pytest.raises(Refused, match="not_a_phone_number"):
        HttpSms().send(outgoing(recipient="12345"))
    settings.SMS_URL = "http://127.0.0.1:9/send"

    with pytest.raises(TryLater):
        HttpSms().send(outgoing())

    assert not gateway.got


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (SMTPRecipientsRefused({"a": (550, b"")}), Refused, "recipient_refused_550"),
        (SMTPRecipientsRefused({"a": (451, b"")}), TryLater, "recipient_refused_451"),
        (SMTPDataError(554, b"spam"), TryLater, "smtp_554"),
        (TimeoutError(), TryLater, "TimeoutError"),
        (AnymailRecipientsRefused(), Refused, "recipient_refused"),
        (AnymailRequestsAPIError(), TryLater, "AnymailRequestsAPIError"),
        (UnicodeEncodeError("ascii", "x", 0, 1, "no"), Refused, "not_an_address"),
    ],
)
def test_errors_of_mail_servers(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], reason: str
) -> None:
    def fail(*args: Any) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)

    with pytest.raises(kind, match=reason):
        DjangoMail().send(outgoing(recipient="eve@example.com"))


def test_who_carries_what(settings: Any) -> None:
    assert isinstance(provider_for("email"), DjangoMail)
    assert can_send("sms")
    settings.SMS_URL = "https://sms.example"
    assert isinstance(provider_for("sms"), HttpSms)
    settings.SMS_URL, settings.DEMO = "", False
    assert not can_send("sms")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("mailbox://", {"EMAIL_BACKEND": MAILBOX}),
        (
            "smtp+tls://user:secret@mail.example.com:587",
            {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": "mail.example.com",
                "EMAIL_PORT": 587,
                "EMAIL_HOST_USER": "user",
                "EMAIL_HOST_PASSWORD": "secret",
                "EMAIL_USE_TLS": True,
            },
        ),
        (
            "anymail://postmark?postmark_server_token=abc",
            {
                "EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend",
                "ANYMAIL": {"POSTMARK_SERVER_TOKEN": "abc"},
            },
        ),
    ],
)
def test_one_address_tells_how_mail_leaves(url: str, wanted: dict[str, Any]) -> None:
    made = email_settings(url)

    assert {name: made[name] for name in wanted} == wanted
    assert made["EMAIL_TIMEOUT"] == 10
