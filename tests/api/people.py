"""Customers and guests, each with a profile, orders, a return, a cart and a story."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from customers.accounts.models import Account, ChallengePurpose, EmailChallenge
from customers.consent import operations as consent
from customers.identity.models import Identifier
from customers.profiles import address_book
from customers.profiles import operations as profiles
from customers.profiles.postal import AddressDraft
from journeys.timeline import operations as timeline
from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.money import Money
from orders.aftersales import operations as aftersales
from orders.checkout import operations as checkout
from orders.fulfilment.models import FulfilmentOrder
from orders.payments import operations as payments
from orders.payments.models import Payment
from orders.payments.operations import OnlineStart
from orders.sales.models import OrderLine
from tests.api.canaries import Ids, World, tag
from tests.factories.customers import PASSWORD, make_account, make_customer, make_identifier
from tests.factories.omni import make_session_token
from tests.factories.orders_work import collect, take_payment


def add_person(world: World, name: str, store: str, channel_name: str) -> None:
    place = world.ids[store]
    ids = dict(place)
    with world.party(f"{name}-profile"):
        account = make_account(
            email=f"{name}.{tag(name + '-profile')}@example.com",
            channel_id=place["channel"],
            password=PASSWORD,
        )
        ids |= _profile(name, account, place)
    with world.party(f"{name}-notes"):
        profiles.write_note(
            customer_id=account.customer_id, text=tag(f"{name}-notes"), actor=SYSTEM
        )
    with world.party(name):
        session = make_session_token(
            account.user, place["channel"], customer_id=account.customer_id, device=tag(name)
        )
        ids["session"] = session.row.pk
        ids["session_secret"] = session.secret
        actor = Actor(
            kind="customer",
            user_id=account.user_id,
            customer_id=account.customer_id,
            channel_id=place["channel"],
        )
        ids |= _shopping(name, ids, actor)
        kept = checkout.keep_for_customer(
            customer_id=account.customer_id,
            variant_id=ids["variant"],
            location_id=ids["location"],
            actor=SYSTEM,
        )
        ids["kept_piece"] = kept.pk
        _touch(ids, account.customer_id)
        timeline.link_visitor(visitor_id=uuid4(), customer_id=account.customer_id)
    world.ids[name] = ids


def _profile(name: str, account: Account, place: Ids) -> Ids:
    mark, customer_id = tag(f"{name}-profile"), account.customer_id
    profiles.change_customer(
        customer_id=customer_id,
        changes=profiles.CustomerChanges(name=mark, given_name=mark, family_name=mark),
        actor=SYSTEM,
    )
    draft = AddressDraft(name=mark, street=mark, postal_code="69001", city="Lyon", country="FR")
    saved = address_book.add_address(customer_id=customer_id, draft=draft, actor=SYSTEM)
    consent.record_consent(
        customer_id=customer_id,
        decision=consent.Decision("email_marketing", True, mark, place["channel"]),
        actor=SYSTEM,
    )
    now = clock.now()
    challenge = EmailChallenge.objects.create(
        purpose=ChallengePurpose.PASSWORD_RESET,
        email=account.user.email,
        user=account.user,
        channel_id=place["channel"],
        code_digest="0" * 64,
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return {
        "customer": customer_id,
        "buyer": customer_id,
        "address": saved.address.pk,
        "identifier": Identifier.objects.filter(customer_id=customer_id).earliest("pk").pk,
        "email": account.user.email,
        "challenge": challenge.pk,
    }


def add_guest(world: World, name: str, store: str, channel_name: str) -> None:
    ids = dict(world.ids[store])
    profile = f"{name}-profile"
    with world.party(profile):  # known by the address before, so that the order is attached to it
        known = make_customer(name=tag(profile))
        make_identifier(customer=known, value=f"{name}.order@example.com")
    with world.party(name):
        actor = Actor(kind="anonymous", channel_id=ids["channel"])
        ids |= _shopping(name, ids, actor)
    ids["email"] = f"nobody-{name}@example.com"
    world.ids[name] = ids


def _touch(ids: Ids, customer_id: UUID) -> None:
    timeline.capture_interactions(
        captures=[
            timeline.Capture(
                kind="call.noted",
                key=f"call-{customer_id}",
                facts={"text": "asked for gloves"},
                customer_id=customer_id,
                location_id=ids["location"],
            )
        ],
        actor=SYSTEM,
    )


def _shopping(name: str, ids: Ids, actor: Actor) -> Ids:
    """An order to be collected, paid online; one that was collected, of which a unit shall come
    back; a cart that is still open."""
    done = _ordered(name, ids, actor)
    start = OnlineStart(
        order_id=done.order.pk,
        reference=f"online:{tag(name)}",
        return_url="https://shop.example/back",
        card_token="tok_visa",
    )
    payments.start_payment(start=start, actor=SYSTEM)
    work_row = FulfilmentOrder.objects.get(order=done.order)
    second = _cart(name, ids, actor)
    opened = checkout.read_cart(second, actor=actor)
    return _collected(name, ids, actor) | {
        "order": done.order.pk,
        "order_token": done.token or "",
        "order_number": done.order.number,
        "order_email": done.order.email,
        "order_reason": f"order:{done.order.pk}",
        "order_line": OrderLine.objects.get(order=done.order).pk,
        "payment": Payment.objects.filter(order=done.order).latest("pk").pk,
        "fulfilment_order": work_row.pk,
        "work_line": work_row.lines.get().pk,
        "cart": second.cart_id,
        "cart_token": second.token,
        "cart_line": opened.lines[0].id,
        "cart_version": opened.header.version,
        "cart_total": {"amount": opened.quote.total_minor, "currency": "EUR"},
    }


def _ordered(name: str, ids: Ids, actor: Actor) -> checkout.CheckedOut:
    cart = _cart(name, ids, actor)
    state = checkout.read_cart(cart, actor=actor)
    total = Money(state.quote.total_minor, state.header.currency)
    intent = checkout.Intent(state.header.version, total, checkout.PAY_AT_COLLECTION)
    return checkout.check_out_cart(cart=cart, intent=intent, actor=actor)


def _collected(name: str, ids: Ids, actor: Actor) -> Ids:
    done = _ordered(name, ids, actor)
    take_payment(done.order, done.order.total_minor)
    collect(done.order)
    payments.refund_payment(
        order_id=done.order.pk,
        amount_minor=1,
        reference=f"walk:{tag(name)}",
        reason=tag(name),
        actor=SYSTEM,
    )
    line = OrderLine.objects.get(order=done.order)
    case = aftersales.request_return(
        order_id=done.order.pk,
        units=[aftersales.ReturnUnits(line.pk, 1)],
        reason=tag(name),
        order_token=done.token or "",
        actor=actor,
    )
    return {
        "sold_order": done.order.pk,
        "sold_token": done.token or "",
        "sold_line": line.pk,
        "receipt": done.order.number,
        "return": case.pk,
        "return_line": case.lines.get().pk,
    }


def _cart(name: str, ids: Ids, actor: Actor) -> checkout.CartRef:
    opened = checkout.create_cart(actor=actor, device_id=tag(name))
    cart = checkout.CartRef(opened.state.header.id, opened.token)
    wish = checkout.Wish(ids["own_variant"], 2, "pickup", ids["location"])
    version = opened.state.header.version
    state = checkout.add_line(cart=cart, version=version, wish=wish, actor=actor)
    contact = checkout.Contact(tag(name), f"{name}.order@example.com")
    checkout.set_contact(cart=cart, version=state.header.version, contact=contact, actor=actor)
    return cart
