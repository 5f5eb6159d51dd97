"""All writes of this folder, by name; each capability has its own file beside this one.

``shifts``: open to close, cash by hand. ``store_day``: shifts, terminals and safe reconciled.
``selling``. ``parked``. ``collecting``: paid at collection. ``giving_back``: refunds, returns,
exchanges, voids. ``collect``, ``return_at_till`` and ``exchange`` are processes; the rest joins the
caller's transaction.
"""

from orders.pos.collecting import Collected, Collection, collect
from orders.pos.giving_back import (
    ExchangedAtTill,
    exchange,
    pay_out_refunds,
    pay_out_return,
    return_at_till,
    void_sale,
)
from orders.pos.selling import Sale, SaleDraft, sell
from orders.pos.shifts import (
    ask_for_recount,
    close_shift,
    count_shift,
    force_close_shift,
    move_cash,
    open_shift,
    resume_shift,
    suspend_shift,
)
from orders.pos.store_day import (
    begin_reconciling,
    close_day,
    count_safe,
    enter_terminal_batch,
    make_deposit,
    open_day,
    reopen_day,
)
from orders.pos.tendering import TenderGiven
from orders.pos.till_sales import recall_sale

__all__ = [
    "Collected",
    "Collection",
    "ExchangedAtTill",
    "Sale",
    "SaleDraft",
    "TenderGiven",
    "ask_for_recount",
    "begin_reconciling",
    "close_day",
    "close_shift",
    "collect",
    "count_safe",
    "count_shift",
    "enter_terminal_batch",
    "exchange",
    "force_close_shift",
    "make_deposit",
    "move_cash",
    "open_day",
    "open_shift",
    "pay_out_refunds",
    "pay_out_return",
    "recall_sale",
    "reopen_day",
    "resume_shift",
    "return_at_till",
    "sell",
    "suspend_shift",
    "void_sale",
]
