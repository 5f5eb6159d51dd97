"""Registration point of the app's models; each folder's own file says what its rows mean."""

from orders.aftersales.models import Exchange, ReturnCase, ReturnLine
from orders.checkout.models import Cart, CartAddress, CartLine
from orders.fulfilment.models import FulfilmentLine, FulfilmentOrder, HandOver, Pickup, Shipment
from orders.payments.models import (
    AccountCorrection,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    ProviderEvent,
    Refund,
)
from orders.pos.models import (
    CashEntry,
    Deposit,
    JournalEntry,
    Register,
    Safe,
    SafeEntry,
    Shift,
    StoreDay,
    TakenTender,
    TerminalBatch,
)
from orders.pricing.models import ShippingRate, TaxRate
from orders.sales.models import (
    Adjustment,
    Order,
    OrderAddress,
    OrderChange,
    OrderLine,
    OrderLink,
    SalesCredit,
)

__all__ = [
    "AccountCorrection",
    "Adjustment",
    "Cart",
    "CartAddress",
    "CartLine",
    "CashEntry",
    "Deposit",
    "Exchange",
    "FulfilmentLine",
    "FulfilmentOrder",
    "HandOver",
    "JournalEntry",
    "Order",
    "OrderAddress",
    "OrderChange",
    "OrderLine",
    "OrderLink",
    "Payment",
    "PaymentAttempt",
    "PaymentEvent",
    "Pickup",
    "ProviderEvent",
    "Refund",
    "Register",
    "ReturnCase",
    "ReturnLine",
    "Safe",
    "SafeEntry",
    "SalesCredit",
    "Shift",
    "Shipment",
    "ShippingRate",
    "StoreDay",
    "TakenTender",
    "TaxRate",
    "TerminalBatch",
]
