"""The smallest valid rows of customers; what lies beyond is reached by operations."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any

from django.core import mail
from django.test import Client

from customers.accounts.models import Account
from customers.identity.canonical import Given
from customers.identity.models import Identifier, IdentifierKind
from customers.identity.operations import add_identifier, verify_identifier
from customers.profiles.models import Address, Customer
from customers.profiles.operations import CustomerDraft, create_customer
from inventory.channels.models import Channel
from omni.access.actor import SYSTEM
from omni.access.models import User, UserKind
from omni.core import clock
from tests.factories.inventory import make_channel
from tests.factories.omni import make_channel_key

PASSWORD = "correct horse battery staple"
_number = count(1)


def make_customer(**over: Any) -> Customer:
    return create_customer(draft=CustomerDraft(**{"name": "Eve Adams", **over}), actor=SYSTEM)


def make_identifier(**over: Any) -> Identifier:
    customer = over.pop("customer", None) or make_customer()
    is_verified = over.pop("is_verified", False)
    given = Given(
        over.pop("kind", IdentifierKind.EMAIL),
        over.pop("value", f"eve{next(_number)}@example.com"),
        over.pop("namespace", ""),
    )
    assert not over
    if is_verified:
        verified = verify_identifier(customer_id=customer.id, given=given, actor=SYSTEM)
        return verified.identifier
    return add_identifier(customer_id=customer.id, given=given, actor=SYSTEM)


def make_address(**over: Any) -> Address:
    values = {
        "name": "Eve Adams",
        "street": "12 rue de la République",
        "postal_code": "69001",
        "city": "Lyon",
        "country": "FR",
        "created_at": clock.now(),
    } | over
    values.setdefault("customer", None)
    values["customer"] = values["customer"] or make_customer()
    return Address.objects.create(**values)


def make_account(**over: Any) -> Account:
    """A verified account, as at the end of a sign-up."""
    email = over.pop("email", f"eve{next(_number)}@example.com")
    password = over.pop("password", PASSWORD)
    customer = over.pop("customer", None) or make_customer()
    channel_id = over.pop("channel_id", None) or make_channel().id
    user = User.objects.create_user(email, password, kind=UserKind.CUSTOMER, **over)
    make_identifier(customer=customer, value=email, is_verified=True)
    now = clock.now()
    return Account.objects.create(
        user=user,
        customer=customer,
        channel_id=channel_id,
        created_at=now,
        email_verified_at=now,
    )


class Shop:
    """A storefront of one channel, as it speaks to the API; ``token`` of the customer, if any."""

    def __init__(self, channel: Channel | None = None) -> None:
        self.channel = channel or make_channel()
        self.key = make_channel_key(self.channel.id)
        self.token = ""
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"X-Channel-Key": self.key.secret, **headers}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=sent,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def sign_in(self, account: Account, password: str = PASSWORD) -> str:
        """Sign the account in; the token is kept and returned."""
        body = {"email": account.user.email, "password": password, "device": "Phone"}
        answer = self.post("account/session", body)
        assert answer.status_code == 201, answer.content
        self.token = answer.json()["token"]
        return self.token


def mailed_code() -> str:
    """The code in the newest mail."""
    found = re.search(r"\n    (\S+)\n", mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    return found[1]
