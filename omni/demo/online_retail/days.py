"""One day of the ledger, loaded in one transaction by the set-based forms of the operations.

Sales first, then corrections, then credit notes: the order for which the opening stock was
computed. A day holds at most some 200 documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from inventory.locations.models import Method
from inventory.stock import operations as stock
from inventory.stock.lines import Entry
from inventory.stock.models import MovementKind
from omni.access.actor import Actor
from omni.core import clock
from omni.demo.models import DocumentKind, SourceDocument
from omni.demo.online_retail.documents import Document, Kind, amount_minor, sku
from omni.demo.online_retail.matching import Credit, Reversal, SoldLine, reversals
from omni.demo.online_retail.shop import CURRENCY, SOURCE, Goods, Shop
from omni.demo.online_retail.source import SourceLine
from orders.aftersales import operations as aftersales
from orders.aftersales.drafts import LooseUnits, ReturnDraft, ReturnUnits
from orders.aftersales.models import ReturnKind
from orders.fulfilment.past import PastDelivery, record_past_deliveries
from orders.payments import operations as payments
from orders.payments.models import Tender
from orders.sales import operations as sales
from orders.sales.completing import complete_settled_orders
from orders.sales.drafts import LineDraft, OrderDraft
from orders.sales.models import PaymentPolicy

NO_TAX = Decimal(0)
MILLS_A_PENNY = 10
# A price below a penny is kept exact as the price of a thousand.
THOUSAND = 1000
LONGEST_REASON = 120


@dataclass(frozen=True, slots=True)
class Ledger:
    """What all days share: the shop, and who and what the documents name."""

    shop: Shop
    goods: dict[str, Goods]
    customers: dict[str, UUID]
    file: str
    actor: Actor

    def customer_of(self, document: Document) -> UUID | None:
        return self.customers.get(document.customer)


@transaction.atomic
def load_day(*, documents: Sequence[Document], ledger: Ledger) -> None:
    """Load the documents of one day, or none of them. The caller leaves out what is loaded."""
    by_kind: dict[Kind, list[Document]] = defaultdict(list)
    for document in documents:
        by_kind[document.kind].append(document)
    _sell(by_kind[Kind.SALE], ledger)
    _correct_stock(by_kind[Kind.STOCK], ledger)
    _correct_debts(by_kind[Kind.ADJUSTMENT], ledger)
    _take_back(by_kind[Kind.CREDIT], ledger)
    now = clock.now()
    SourceDocument.objects.bulk_create(
        SourceDocument(
            source=SOURCE,
            number=document.number,
            kind=DocumentKind(document.kind.value),
            file=ledger.file,
            digest=document.digest,
            lines=len(document.lines),
            amount_minor=sum(amount_minor(line) for line in document.lines),
            currency=CURRENCY,
            occurred_at=document.at,
            loaded_at=now,
        )
        for document in documents
    )


# --- sales ----------------------------------------------------------------------------------------


def _sell(documents: Sequence[Document], ledger: Ledger) -> None:
    """Orders that were shipped and put on account at once."""
    drafts = [_order(document, ledger) for document in documents]
    sales.create_orders(drafts=drafts, actor=ledger.actor)
    record_past_deliveries(deliveries=[_delivery(draft, ledger) for draft in drafts])
    entries = [entry for draft in drafts for entry in _shipped(draft, ledger)]
    stock.post(entries=entries, actor=ledger.actor)
    payments.record_counter_payments(
        payments=[_payment(draft) for draft in drafts if draft.total_minor], actor=ledger.actor
    )
    closed_at = {draft.id: draft.placed_at for draft in drafts if draft.placed_at}
    complete_settled_orders(closed_at=closed_at, actor=ledger.actor)


def _order(document: Document, ledger: Ledger) -> OrderDraft:
    channel = ledger.shop.channel
    return OrderDraft(
        number=document.number,
        channel_id=channel.pk,
        currency=CURRENCY,
        tax_display=channel.tax_display,
        payment_policy=PaymentPolicy.ON_ACCOUNT,
        customer_id=ledger.customer_of(document),
        placed_at=document.at,
        is_confirmed=True,
        lines=[_line(line, ledger) for line in document.lines],
    )


def _line(line: SourceLine, ledger: Ledger) -> LineDraft:
    goods = ledger.goods[sku(line.code)]
    total = amount_minor(line)
    pennies, mills = divmod(line.price_mills, MILLS_A_PENNY)
    return LineDraft(
        variant_id=goods.id,
        sku=goods.sku,
        name=(line.description or goods.name)[:300],
        quantity=line.quantity,
        method=Method.SHIP,
        location_id=ledger.shop.warehouse.pk,
        price_minor=line.price_mills * (THOUSAND // MILLS_A_PENNY) if mills else pennies,
        price_quantity=THOUSAND if mills else 1,
        net_minor=total,
        tax_minor=0,
        total_minor=total,
        tax_rate=NO_TAX,
        fulfilled=line.quantity,
    )


def _delivery(draft: OrderDraft, ledger: Ledger) -> PastDelivery:
    assert draft.placed_at is not None  # noqa: S101  set above
    return PastDelivery(
        order_id=draft.id,
        location_id=ledger.shop.warehouse.pk,
        delivered_at=draft.placed_at,
        lines=[(line.id, line.quantity) for line in draft.lines],
    )


def _shipped(draft: OrderDraft, ledger: Ledger) -> list[Entry]:
    return [
        Entry(
            variant_id=line.variant_id,
            location_id=ledger.shop.warehouse.pk,
            quantity=-line.quantity,
            kind=MovementKind.SHIPPED,
            reference=f"{SOURCE}:{line.id}",
            order_line_id=line.id,
            occurred_at=draft.placed_at,
        )
        for line in draft.lines
        if ledger.goods[line.sku].is_stocked
    ]


def _payment(draft: OrderDraft) -> payments.CounterPayment:
    return payments.CounterPayment(
        order_id=draft.id,
        tender=Tender.ON_ACCOUNT,
        amount_minor=draft.total_minor,
        reference=f"{SOURCE}:{draft.number}",
        occurred_at=draft.placed_at,
    )


# --- corrections ----------------------------------------------------------------------------------


def _correct_stock(documents: Sequence[Document], ledger: Ledger) -> None:
    entries = [
        Entry(
            variant_id=ledger.goods[sku(line.code)].id,
            location_id=ledger.shop.warehouse.pk,
            quantity=line.quantity,
            kind=MovementKind.CORRECTED,
            reference=f"{SOURCE}:{document.number}",
            reason="ledger",
            note=line.description[:250],
            occurred_at=document.at,
        )
        for document in documents
        for line in document.lines
        if ledger.goods[sku(line.code)].is_stocked
    ]
    stock.post(entries=entries, actor=ledger.actor)


def _correct_debts(documents: Sequence[Document], ledger: Ledger) -> None:
    payments.record_account_corrections(
        corrections=[
            payments.AccountCorrectionDraft(
                channel_id=ledger.shop.channel.pk,
                amount_minor=sum(amount_minor(line) for line in document.lines),
                currency=CURRENCY,
                reason=document.lines[0].description[:LONGEST_REASON],
                reference=f"{SOURCE}:{document.number}",
                occurred_at=document.at,
            )
            for document in documents
        ],
        actor=ledger.actor,
    )


# --- credit notes ---------------------------------------------------------------------------------

_SOLD = """
SELECT l.id, l.order_id, o.placed_at, o.customer_id, l.sku,
       l.quantity_fulfilled - l.quantity_returned,
       l.total_minor - coalesce((SELECT sum(r.refund_minor) FROM orders_returnline r
                                  WHERE r.order_line_id = l.id), 0)
FROM unnest(%(customers)s::uuid[], %(variants)s::uuid[]) AS k(customer_id, variant_id)
JOIN orders_orderline l ON l.variant_id = k.variant_id
JOIN orders_order o ON o.id = l.order_id AND o.customer_id = k.customer_id
WHERE o.channel_id = %(channel)s AND l.quantity_fulfilled > l.quantity_returned
ORDER BY o.placed_at, o.number, l.position
"""

Sold = tuple[UUID, UUID, datetime]  # order line, order, when it was sold


def _take_back(documents: Sequence[Document], ledger: Ledger) -> None:
    """Return cases against the sales that the credit notes reverse, and one for the rest."""
    by_key: dict[tuple[str, str], list[SoldLine[Sold]]] = defaultdict(list)
    for sale in _sold_to(documents, ledger):
        by_key[sale.customer, sale.sku].append(sale)
    drafts: list[ReturnDraft] = []
    for document in documents:
        credited = [_credit(line, document) for line in document.lines]
        keys = dict.fromkeys((credit.customer, credit.sku) for credit in credited)
        candidates = [
            sale for key in keys for sale in by_key.get(key, ()) if sale.line[2] <= document.at
        ]
        drafts += _cases(document, reversals(credited, candidates), ledger)
    aftersales.record_returns(drafts=drafts, actor=ledger.actor)


def _sold_to(documents: Sequence[Document], ledger: Ledger) -> list[SoldLine[Sold]]:
    number_of = {
        customer: document.customer
        for document in documents
        if (customer := ledger.customer_of(document))
    }
    pairs = {
        (customer, ledger.goods[sku(line.code)].id)
        for document in documents
        if (customer := ledger.customer_of(document))
        for line in document.lines
    }
    with connection.cursor() as cursor:
        cursor.execute(
            _SOLD,
            {
                "customers": [customer for customer, _variant in pairs],
                "variants": [variant for _customer, variant in pairs],
                "channel": ledger.shop.channel.pk,
            },
        )
        return [
            SoldLine((line, order, sold_at), number_of[customer], code, left, int(left_minor))
            for line, order, sold_at, customer, code, left, left_minor in cursor.fetchall()
        ]


def _credit(line: SourceLine, document: Document) -> Credit:
    return Credit(document.customer, sku(line.code), -line.quantity, -amount_minor(line))


def _cases(
    document: Document, found: Sequence[Reversal[Sold]], ledger: Ledger
) -> list[ReturnDraft]:
    """One case per order that is reversed, and one without receipt for what no sale explains."""
    by_order: dict[UUID | None, list[Reversal[Sold]]] = defaultdict(list)
    for each in found:
        by_order[each.line[1] if each.line else None].append(each)
    return [
        _case(document, order_id, parts, place, ledger)
        for place, (order_id, parts) in enumerate(by_order.items())
    ]


def _case(
    document: Document,
    order_id: UUID | None,
    parts: Sequence[Reversal[Sold]],
    place: int,
    ledger: Ledger,
) -> ReturnDraft:
    number = f"{document.number}-{place}" if place else document.number
    return ReturnDraft(
        kind=ReturnKind.RETURN if order_id else ReturnKind.NO_RECEIPT,
        channel_id=ledger.shop.channel.pk,
        location_id=ledger.shop.warehouse.pk,
        currency=CURRENCY,
        number=number,
        reference=f"{SOURCE}:{number}",
        opened_at=document.at,
        order_id=order_id,
        customer_id=ledger.customer_of(document),
        evidence="" if order_id else f"credit note {document.number}",
        units=[ReturnUnits(each.line[0], each.quantity) for each in parts if each.line],
        refunds=[each.amount_minor for each in parts if each.line],
        loose=[
            LooseUnits(
                ledger.goods[each.credit.sku].id, each.quantity, refund_minor=each.amount_minor
            )
            for each in parts
            if each.line is None
        ],
    )
