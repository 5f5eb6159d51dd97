"""All writes of this folder, by name; each capability has its own file beside this one.

``cancelling``: before goods leave; ``asking``: late. ``opening``: announced returns. ``receiving``:
they arrive. ``counter``: all at once. ``exchanging``: something else instead. ``refunding``: the
money of cases. ``recording``: what is over and done. ``inspect``, ``return_at_counter``,
``return_without_receipt`` and ``carry_out`` are processes; the rest joins the caller's transaction.
"""

from orders.aftersales.asking import ask_to_cancel
from orders.aftersales.cancelling import cancel_order, cancel_voided_sale
from orders.aftersales.counter import (
    CounterReturn,
    LooseReturn,
    return_at_counter,
    return_without_receipt,
    take_back_at_counter,
)
from orders.aftersales.drafts import LooseUnits, ReturnDraft, ReturnUnits
from orders.aftersales.exchanging import Exchanged, exchange_at_till, give_replacement
from orders.aftersales.opening import (
    authorise,
    cancel_return,
    decline,
    expire_returns,
    mark_in_transit,
    mark_lost,
    request_return,
)
from orders.aftersales.receiving import Decision, inspect, receive, send_back
from orders.aftersales.recording import record_returns
from orders.aftersales.refunding import (
    carry_out,
    pay_out_loose,
    replace_failed_refund,
    settle_due_returns,
    settle_return,
)

__all__ = [
    "CounterReturn",
    "Decision",
    "Exchanged",
    "LooseReturn",
    "LooseUnits",
    "ReturnDraft",
    "ReturnUnits",
    "ask_to_cancel",
    "authorise",
    "cancel_order",
    "cancel_return",
    "cancel_voided_sale",
    "carry_out",
    "decline",
    "exchange_at_till",
    "expire_returns",
    "give_replacement",
    "inspect",
    "mark_in_transit",
    "mark_lost",
    "pay_out_loose",
    "receive",
    "record_returns",
    "replace_failed_refund",
    "request_return",
    "return_at_counter",
    "return_without_receipt",
    "send_back",
    "settle_due_returns",
    "settle_return",
    "take_back_at_counter",
]
