"""All writes of this folder, by name; each capability has its own file beside this one.

``creation`` and ``confirmation``: from paid to work. ``picking``: accept, pick, short.
``scanning``: the same with a scanner.
``rejection``: given back and routed again. ``waiting``: the shelf, its window, no-shows.
``proof`` and ``hand_over``: the counter. ``put_back``. ``shipping``: parcels.
Processes (``hand_over``, ``dispatch``, ``prove``) must not run inside a transaction; the rest joins
the caller's.
"""

from orders.fulfilment.capturing import capture_lapsing_authorisations, capture_what_is_due
from orders.fulfilment.carry_out import take_back_carried_out
from orders.fulfilment.confirmation import confirm_if_paid, confirm_paid_orders
from orders.fulfilment.creation import create_fulfilment_orders
from orders.fulfilment.hand_over import (
    due_for,
    give_goods,
    hand_over,
    handed_over_before,
    refuse_at_counter,
    undo_hand_over,
)
from orders.fulfilment.picking import (
    accept,
    pick_line,
    put_on_hold,
    report_short,
    resume,
    set_picked,
    start_picking,
)
from orders.fulfilment.proof import Proof, prove
from orders.fulfilment.put_back import PutBack, put_back, put_back_scanned
from orders.fulfilment.rejection import reject
from orders.fulfilment.scanning import Scanned, take_scan
from orders.fulfilment.shipping import (
    deliver,
    dispatch,
    pack,
    receive_back,
    refuse_at_door,
    report_attempt,
    report_lost,
    send_back,
    send_off,
)
from orders.fulfilment.waiting import (
    end_told_codes,
    extend,
    extend_for_customer,
    mark_no_show,
    mark_no_shows,
    mark_ready,
    name_delegate,
    reinstate,
    renew_code,
    report_arrival,
    take_back,
)

__all__ = [
    "Proof",
    "PutBack",
    "Scanned",
    "accept",
    "capture_lapsing_authorisations",
    "capture_what_is_due",
    "confirm_if_paid",
    "confirm_paid_orders",
    "create_fulfilment_orders",
    "deliver",
    "dispatch",
    "due_for",
    "end_told_codes",
    "extend",
    "extend_for_customer",
    "give_goods",
    "hand_over",
    "handed_over_before",
    "mark_no_show",
    "mark_no_shows",
    "mark_ready",
    "name_delegate",
    "pack",
    "pick_line",
    "prove",
    "put_back",
    "put_back_scanned",
    "put_on_hold",
    "receive_back",
    "refuse_at_counter",
    "refuse_at_door",
    "reinstate",
    "reject",
    "renew_code",
    "report_arrival",
    "report_attempt",
    "report_lost",
    "report_short",
    "resume",
    "send_back",
    "send_off",
    "set_picked",
    "start_picking",
    "take_back",
    "take_back_carried_out",
    "take_scan",
    "undo_hand_over",
]
