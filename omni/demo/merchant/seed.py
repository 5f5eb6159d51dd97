"""The whole demo merchant, in the order in which one thing needs another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from inventory.channels.models import Channel
from omni.access.models import ApiKey, ChannelKey, UserKind
from omni.core import clock
from omni.demo.merchant import people
from omni.demo.merchant.goods import ensure_goods
from omni.demo.merchant.house import ensure_house
from omni.demo.merchant.people import CHANNEL_KEYS, PASSWORD, STAFF, Colleague
from omni.demo.merchant.places import BRAND, OPEN_SINCE, ensure_places, store
from omni.demo.merchant.shoppers import SHOPPERS, ensure_shoppers
from omni.demo.merchant.sites import MORE_STAFF
from omni.demo.merchant.tills import ensure_tills
from omni.demo.merchant.trade import ensure_orders, is_lived_in

Steps = tuple[Callable[[], None], ...]
FOUNDING: Steps = (ensure_places, ensure_goods, people.ensure_staff)
LIVING: Steps = (ensure_shoppers, ensure_orders, ensure_tills)
LEDGER_CHANNEL = "online-retail"
LEDGER_KEY = "ck_demo_ledger"


def ensure_merchant(*, scale: float = 0) -> list[str]:
    """Make what is missing of Atelier Nord; what there is stays. Returns what to tell people.

    Without a scale it is the small house of the guides. Once its last days are told to the end
    nothing is added to them: from then on they are lived.
    """
    with clock.moved(by=-OPEN_SINCE):
        for step in FOUNDING:
            step()
        if scale:
            ensure_house(scale)
    if not is_lived_in():
        for step in LIVING:
            step()
    systems = {"Lyon store": people.API_KEY, "head office": people.OFFICE_KEY}
    return [
        *_staff(f"{BRAND}: sign in with e-mail / password", STAFF),
        *(_more_staff() if scale else ()),
        *_part(
            "customers (storefront only)",
            (
                f"  {email} / {PASSWORD}"
                for email in _signing_in(UserKind.CUSTOMER, [each.email for each in SHOPPERS])
            ),
        ),
        *_part("keys (header X-Channel-Key)", _keys(ChannelKey, CHANNEL_KEYS)),
        *_part(
            "keys of the merchant's systems (header Authorization: Bearer)", _keys(ApiKey, systems)
        ),
    ]


def ensure_logins() -> list[str]:
    """Only who signs in at head office, and a key for the shop of a ledger that was loaded."""
    people.ensure_head_office()
    lines = _staff("sign in with e-mail / password", [each for each in STAFF if not each.store])
    shop = Channel.objects.filter(code=LEDGER_CHANNEL).first()
    if shop is not None:
        people.ensure_channel_key(shop, LEDGER_KEY)
        lines += _part("key (header X-Channel-Key)", _keys(ChannelKey, {"web shop": LEDGER_KEY}))
    return lines


# What was closed, changed or revoked meanwhile is not told: it would not work.


def _staff(title: str, colleagues: Iterable[Colleague]) -> list[str]:
    by_email = {each.email: each for each in colleagues}
    inside = _signing_in(UserKind.STAFF, list(by_email))
    return _part(title, (_login(by_email[email]) for email in inside))


def _signing_in(kind: str, emails: Sequence[str]) -> list[str]:
    """In their order."""
    open_ones = people.signing_in(kind, emails)
    return [email for email in emails if email in open_ones]


def _more_staff() -> list[str]:
    """Colleagues in the other stores. Their passwords are not tried: that takes its time."""
    by_store = ", ".join(f"{each.email.partition('@')[0]}@…" for each in MORE_STAFF)
    return [
        f"  likewise {by_store}",
        f"  the PIN of store staff, at a store's device, is {people.PIN}",
    ]


def _keys(model: type[ApiKey | ChannelKey], named: Mapping[str, str]) -> list[str]:
    valid = ((name, key) for name, key in named.items() if people.is_valid(model, key))
    return [f"  {name:<12} {key}" for name, key in valid]


def _part(title: str, lines: Iterable[str]) -> list[str]:
    told = list(lines)
    return [title, *told] if told else []


def _login(colleague: Colleague) -> str:
    where = f" in {store(colleague.store).city}" if colleague.store else ""
    role = people.ROLES[colleague.role][0].lower()
    return f"  {colleague.email} / {PASSWORD}   {role}{where}"
