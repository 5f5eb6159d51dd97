"""Two thousand customers of Atelier Nord, the same ones on every machine. Made up, all of them.

Names in nine languages and five scripts; addresses under example.com and example.org; phones from
ranges that nobody is given. Who they are follows from their number alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from customers.consent import operations as consent
from customers.consent.operations import Decision
from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import Identifier, IdentifierKind
from customers.identity.operations import Capture
from customers.profiles import address_book
from customers.profiles import operations as profiles
from customers.profiles.postal import AddressDraft
from inventory.catalog.barcodes import check_digit
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.demo.merchant import names, places

CROWD = 2000
FIRST_SEEN = 95  # days ago, at most


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the crowd. ``store`` is where they go, ``since`` how many days they are known."""

    number: int
    name: str
    email: str
    phone: str
    card: str
    language: str
    country: str
    store: str
    since: int
    address: tuple[str, str, str]

    @property
    def key(self) -> Given:
        """By which of their identifiers they are found again."""
        return Given(IdentifierKind.EMAIL, self.email)


_STORES = {
    "FR": (("lyon", 5), ("paris", 5), ("nice", 2)),
    "DE": (("berlin", 6), ("hamburg", 4)),
    "GB": (("london", 1),),
}


@cache
def person(number: int) -> Person:
    """The person with this number."""
    draw = Random(f"crowd:{number}")  # noqa: S311  nothing secret is drawn
    people = draw.choices(names.PEOPLES, [each.weight for each in names.PEOPLES])[0]
    given, family = draw.choice(people.given), draw.choice(people.family)
    country = draw.choice(people.countries)
    stores, weights = zip(*_STORES[country], strict=True)
    store = draw.choices(stores, weights)[0]
    shown = people.order.format(given=given[0], family=family[0])
    login = f"{given[1]}.{family[1]}".lower().replace(" ", "").replace("'", "")
    return Person(
        number=number,
        name=shown,
        email=f"{login}{number}@example.{'org' if number % 3 == 0 else 'com'}",
        phone=_phone(country, number),
        card=_card(number) if draw.random() < 0.45 else "",
        language=people.language,
        country=country,
        store=store,
        since=FIRST_SEEN if draw.random() < 0.55 else 2 + draw.randrange(FIRST_SEEN - 2),
        address=_address(draw, store),
    )


def ensure_people(numbers: Sequence[int]) -> None:
    """These people, known by e-mail, phone and perhaps a card, each since their own day."""
    crowd = [person(number) for number in numbers]
    known = set(
        Identifier.objects.filter(value__in=[each.email for each in crowd]).values_list(
            "value", flat=True
        )
    )
    new = [each for each in crowd if each.email not in known]
    now = clock.now()
    captures = [_capture(each, now) for each in new]
    found = identity.resolve_many(captures=captures, actor=SYSTEM) if captures else []
    for each, resolution in zip(new, found, strict=True):
        _tell_more(each, resolution.customer.pk, now)


def customers_of(numbers: Sequence[int]) -> dict[int, UUID]:
    """The customers behind these numbers, as far as they are made."""
    by_email = {person(number).email: number for number in numbers}
    rows = Identifier.objects.filter(kind=IdentifierKind.EMAIL, value__in=by_email)
    return {by_email[value]: owner for value, owner in rows.values_list("value", "customer_id")}


def _capture(who: Person, now: datetime) -> Capture:
    given = [who.key, Given(IdentifierKind.PHONE, who.phone)]
    if who.card:
        given.append(Given(IdentifierKind.LOYALTY_CARD, who.card))
    return Capture(
        identifiers=tuple(given),
        name=who.name,
        channel_id=places.channel(places.TILLS_SELL_IN[who.country]).pk,
        country=who.country,
        captured_at=now - timedelta(days=who.since, minutes=who.number % 600),
    )


def _tell_more(who: Person, customer_id: UUID, now: datetime) -> None:
    """Language, for some an address and what they said about mail."""
    since = now - timedelta(days=who.since, minutes=who.number % 600)
    with clock.moved(to=since):
        profiles.change_customer(
            customer_id=customer_id,
            changes=profiles.CustomerChanges(language=who.language),
            actor=SYSTEM,
        )
        if who.number % 3 == 0:
            street, postal_code, city = who.address
            draft = AddressDraft(
                name=who.name,
                street=street,
                postal_code=postal_code,
                city=city,
                country=who.country,
            )
            address_book.add_address(customer_id=customer_id, draft=draft, actor=SYSTEM)
        if who.number % 5 < 2:
            channel_id = places.channel(places.TILLS_SELL_IN[who.country]).pk
            wording = "Send me news of new products by e-mail."
            wish = Decision("email_marketing", who.number % 5 == 0, wording, channel_id)
            consent.record_consent(customer_id=customer_id, decision=wish, actor=SYSTEM)


def _phone(country: str, number: int) -> str:
    if country == "GB":
        return f"+447700{900_000 + number % 1000:06d}" if number < 1000 else f"+4420794{number:05d}"
    return f"+3363998{number:04d}" if country == "FR" else f"+4915550{number:06d}"


def _card(number: int) -> str:
    body = f"29{4_700_000_000 + number:010d}"
    return f"{body}{check_digit(body)}"


def _address(draw: Random, store: str) -> tuple[str, str, str]:
    town, codes, streets = names.TOWNS[store]
    street, number = draw.choice(streets), draw.randint(2, 96)
    line = f"{street} {number}" if store in ("berlin", "hamburg") else f"{number} {street}"
    return line, draw.choice(codes), town
