"""Customers of Atelier Nord: people with an account, and those the stores only know by sight.

Accounts come about as they do for anybody: sign-up, the code from the mail, verification. The mail
is read where the command itself sends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.core import mail
from django.db import transaction

from customers.accounts import operations as accounts
from customers.accounts.models import Account
from customers.consent import operations as consent
from customers.consent.operations import Decision
from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import Identifier, IdentifierKind
from customers.profiles import address_book
from customers.profiles import operations as profiles
from customers.profiles.postal import AddressDraft
from omni.access.actor import SYSTEM, Actor
from omni.access.models import UserKind
from omni.core import clock
from omni.demo.merchant import places
from omni.demo.merchant.people import PASSWORD

LOCAL_MAIL = "django.core.mail.backends.locmem.EmailBackend"


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody with an account. ``since`` is days before the seed."""

    name: str
    email: str
    channel: str
    language: str
    since: int
    phone: str
    address: tuple[str, str, str, str]


EVE = Shopper(
    "Eve Martin", "eve@example.com", places.APP, "fr", 40, "+33612000011",
    ("12 rue de la République", "69002", "Lyon", "FR"),
)  # fmt: skip
SHOPPERS = (
    EVE,
    Shopper(
        "Dan Keller", "dan@example.com", places.WEB, "de", 21, "+491512000012",
        ("Torstraße 140", "10119", "Berlin", "DE"),
    ),
    Shopper(
        "Lucie Bernard", "lucie@example.com", places.WEB, "fr", 12, "+33612000013",
        ("3 boulevard Victor Hugo", "06000", "Nice", "FR"),
    ),
    Shopper(
        "Oliver Hart", "oliver@example.com", places.TRADE, "en", 9, "+447700900014",
        ("27 Lamb's Conduit Street", "WC1N 3NG", "London", "GB"),
    ),
)  # fmt: skip
KNOWN_IN_STORE = ("Marc Petit", "+33612000015")


def ensure_shoppers() -> None:
    """Accounts with phone, address and consent, and one person whom only a store knows."""
    for shopper in SHOPPERS:
        with clock.moved(by=-timedelta(days=shopper.since)):
            account = find(shopper) or _sign_up(shopper)
            _ensure_details(shopper, account.customer_id)
    name, phone = KNOWN_IN_STORE
    identity.resolve(
        identifiers=[Given(IdentifierKind.PHONE, phone)],
        name=name,
        channel_id=places.channel(places.STORES).pk,
        actor=SYSTEM,
    )


def find(shopper: Shopper) -> Account | None:
    """Their account, once it is there."""
    found: Account | None = Account.objects.filter(
        user__kind=UserKind.CUSTOMER, user__email=shopper.email
    ).first()
    return found


def shopper_actor(shopper: Shopper, channel: str = "") -> Actor:
    """The customer, signed in at a storefront."""
    account = find(shopper)
    assert account is not None  # noqa: S101  ensure_shoppers made it
    return Actor(
        kind="customer",
        user_id=account.user_id,
        customer_id=account.customer_id,
        channel_id=places.channel(channel or shopper.channel).pk,
        device=device_of(shopper),
        name=shopper.name,
    )


def device_of(shopper: Shopper) -> str:
    """The device on which they look around before they sign in, the same in every demo."""
    return str(visitor_of(shopper))


def visitor_of(shopper: Shopper) -> UUID:
    """The same as an id."""
    return uuid5(NAMESPACE_URL, f"https://atelier-nord.example/{shopper.email}")


def _sign_up(shopper: Shopper) -> Account:
    guest = Actor(kind="anonymous", channel_id=places.channel(shopper.channel).pk)
    with _own_mail():
        sent = accounts.sign_up(
            email=shopper.email,
            password=PASSWORD,
            name=shopper.name,
            language=shopper.language,
            source="demo",
            actor=guest,
        )
        code = re.search(r"\n    (\S+)\n", str(mail.outbox[-1].body))
    assert code is not None  # noqa: S101  the mail's own form
    done = accounts.verify_sign_up(
        challenge_id=sent.challenge_id, code=code[1], device=device_of(shopper), actor=guest
    )
    return done.account


@transaction.atomic
def _ensure_details(shopper: Shopper, customer_id: UUID) -> None:
    if Identifier.objects.filter(customer_id=customer_id, kind=IdentifierKind.PHONE).exists():
        return
    street, postal_code, city, country = shopper.address
    draft = AddressDraft(
        name=shopper.name, street=street, postal_code=postal_code, city=city, country=country
    )
    address_book.add_address(customer_id=customer_id, draft=draft, actor=SYSTEM)
    consent.record_consent(
        customer_id=customer_id,
        decision=Decision(
            "email_marketing",
            True,
            "Send me news of new products by e-mail.",
            places.channel(shopper.channel).pk,
        ),
        actor=SYSTEM,
    )
    profiles.change_customer(
        customer_id=customer_id,
        changes=profiles.CustomerChanges(country=country),
        actor=SYSTEM,
    )
    identity.verify_identifier(
        customer_id=customer_id, given=Given(IdentifierKind.PHONE, shopper.phone), actor=SYSTEM
    )


@contextmanager
def _own_mail() -> Iterator[None]:
    """Mail stays in this process for a while, to be read here."""
    before, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, LOCAL_MAIL
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before
