"""Why customers are written to, and what each such message shows. One template per purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GOODS, SUMS, STORE, CODE, PARCEL = "goods", "sums", "store", "code", "parcel"


@dataclass(frozen=True, slots=True)
class Purpose:
    """``shows``: the parts of the layout. ``by_sms``: worth a text message where no mail can go.
    ``label`` is what staff read in the ledger and on the timeline.
    """

    code: str
    label: str | Promise
    shows: frozenset[str] = frozenset()
    by_sms: bool = False


_ALL = (
    Purpose("order_placed", _("the confirmation of the order"), frozenset({GOODS, SUMS, STORE})),
    Purpose(
        "pickup_ready",
        _("the news that it is ready"),
        frozenset({CODE, STORE, GOODS}),
        by_sms=True,
    ),
    Purpose(
        "pickup_reminder", _("a reminder to collect"), frozenset({CODE, STORE, GOODS}), by_sms=True
    ),
    Purpose(
        "pickup_extended",
        _("the news of more time to collect"),
        frozenset({CODE, STORE}),
        by_sms=True,
    ),
    Purpose("pickup_missed", _("the news that time is over"), frozenset({STORE}), by_sms=True),
    Purpose(
        "store_changed", _("the news of another store"), frozenset({STORE, GOODS}), by_sms=True
    ),
    Purpose("items_missing", _("the news of missing goods"), frozenset({GOODS}), by_sms=True),
    Purpose("handed_over", _("a word of thanks"), frozenset({GOODS})),
    Purpose("shipment_sent", _("the news of a parcel"), frozenset({PARCEL, GOODS}), by_sms=True),
    Purpose("shipment_delivered", _("the news of a delivery"), frozenset({GOODS})),
    Purpose("order_cancelled", _("the news of a cancellation"), frozenset({GOODS}), by_sms=True),
    Purpose("refunded", _("the news of money back")),
    Purpose("return_received", _("the receipt of a return")),
    Purpose("return_refunded", _("the news of a return's money")),
    Purpose("receipt", _("a receipt"), frozenset({GOODS, SUMS})),
)

PURPOSES: Mapping[str, Purpose] = {purpose.code: purpose for purpose in _ALL}
