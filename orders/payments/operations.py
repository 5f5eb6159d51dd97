"""Every write of this folder, by name; each stands in the file of its capability.

``online``: start, withdraw. ``attempts``: capture, void. ``counter``: cash, terminal, on account,
pay at collection. ``refunds``. ``provider_events``: webhooks. ``sweeps``: open ends.
Processes call a provider and must not run inside a transaction; the rest joins the caller's.
"""

from orders.payments.attempts import (
    PaymentDeclined,
    PaymentInProgress,
    PaymentNotCapturable,
    PaymentNotVoidable,
    PaymentUnclear,
    capture_payment,
    void_payment,
)
from orders.payments.corrections import (
    AccountCorrectionDraft,
    CorrectionReferenceReused,
    record_account_corrections,
)
from orders.payments.counter import (
    CounterPayment,
    NotACounterTender,
    NotPaidAtCollection,
    OrderNotPayable,
    PaymentNotReversible,
    PaymentReferenceReused,
    expect_payment_at_collection,
    record_cash_payment,
    record_counter_payments,
    record_terminal_payment,
    reverse_counter_payment,
)
from orders.payments.counter_refunds import (
    CounterRefund,
    record_cash_refund,
    record_counter_refunds,
    record_terminal_refund,
)
from orders.payments.gateways.card_terminal import CardNumberRefused, TerminalReferenceMissing
from orders.payments.ledger import AmountTooLarge
from orders.payments.online import (
    NothingToPay,
    OnlineStart,
    cancel_open_payments,
    start_payment,
)
from orders.payments.provider_events import (
    SignatureInvalid,
    apply_provider_events,
    receive_provider_event,
)
from orders.payments.queries import satisfies_policy
from orders.payments.refunds import (
    AmountNotPositive,
    RefundNotAtCounter,
    RefundOverLimit,
    RefundReferenceReused,
    RefundTooLarge,
    carry_out_refund,
    pay_out_refund,
    refund_payment,
    request_refund,
)
from orders.payments.returning import return_all_money
from orders.payments.sweeps import Swept, carry_out_for_order, sweep_unknown_payments

__all__ = [
    "AccountCorrectionDraft",
    "AmountNotPositive",
    "AmountTooLarge",
    "CardNumberRefused",
    "CorrectionReferenceReused",
    "CounterPayment",
    "CounterRefund",
    "NotACounterTender",
    "NotPaidAtCollection",
    "NothingToPay",
    "OnlineStart",
    "OrderNotPayable",
    "PaymentDeclined",
    "PaymentInProgress",
    "PaymentNotCapturable",
    "PaymentNotReversible",
    "PaymentNotVoidable",
    "PaymentReferenceReused",
    "PaymentUnclear",
    "RefundNotAtCounter",
    "RefundOverLimit",
    "RefundReferenceReused",
    "RefundTooLarge",
    "SignatureInvalid",
    "Swept",
    "TerminalReferenceMissing",
    "apply_provider_events",
    "cancel_open_payments",
    "capture_payment",
    "carry_out_for_order",
    "carry_out_refund",
    "expect_payment_at_collection",
    "pay_out_refund",
    "receive_provider_event",
    "record_account_corrections",
    "record_cash_payment",
    "record_cash_refund",
    "record_counter_payments",
    "record_counter_refunds",
    "record_terminal_payment",
    "record_terminal_refund",
    "refund_payment",
    "request_refund",
    "return_all_money",
    "reverse_counter_payment",
    "satisfies_policy",
    "start_payment",
    "sweep_unknown_payments",
    "void_payment",
]
