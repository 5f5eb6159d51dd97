"""What the provider does with money: authorise, capture, void, refund, and tell of it.

Decided here: each function runs inside a journal transaction, changes a payment and its counters,
and writes the events with their first deliveries beside it. Business refusals are ``Refused``:
they are answers, kept under the idempotency key like any other.
"""

import json
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from omni.local.psp.faults import Faults
from omni.local.psp.journal import Journal, Row, now

# Test cards, by token and by the number typed into the hosted page.
CARD_DECLINES = {"tok_declined": "card_declined", "tok_insufficient_funds": "insufficient_funds"}
CARD_NUMBERS = {
    "4242424242424242": "tok_visa",
    "4000000000000002": "tok_declined",
    "4000000000009995": "tok_insufficient_funds",
    "4000000000005126": "tok_refund_fails",
    "4000000000000341": "tok_capture_fails",
}
CARDS = {*CARD_NUMBERS.values(), "tok_challenge"}
OPEN_STATUSES = ("requires_action", "authorised")


class Refused(Exception):
    """The provider understood the request and says no."""

    def __init__(self, http_status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.http_status, self.code, self.message = http_status, code, message


@dataclass(frozen=True)
class NewPayment:
    """What a merchant sends to start a payment; amounts in minor units."""

    amount: int
    currency: str
    reference: str
    return_url: str
    capture: str
    card: str | None
    idempotency_key: str


@dataclass
class Provider:
    """The journal with what is needed to act on it and to describe it.

    ``public_url`` may only be known once the server has its port.
    """

    journal: Journal
    faults: Faults
    public_url: str

    # -- reading ---------------------------------------------------------------------------

    def get(self, payment_id: str) -> Row:
        row = self.journal.one("SELECT * FROM payments WHERE id = ?", payment_id)
        if row is None:
            raise Refused(HTTPStatus.NOT_FOUND, "payment_not_found", "No such payment.")
        return row

    def payments_by(self, column: str, value: str) -> list[Row]:
        sql = f"SELECT * FROM payments WHERE {column} = ? ORDER BY rowid"  # noqa: S608
        return [self.describe(row) for row in self.journal.all(sql, value)]

    def describe(self, payment: Row) -> Row:
        """A payment as the API and the webhooks show it."""
        shown = {k: payment[k] for k in ("id", "reference", "amount", "currency", "status")}
        counters = {k: payment[k] for k in ("authorised", "captured", "refunded", "failure_code")}
        needs_person = payment["status"] == "requires_action"
        url = f"{self.public_url}/pay/{payment['id']}" if needs_person else None
        return {
            "object": "payment",
            **shown,
            **counters,
            "capture": payment["capture_mode"],
            "idempotency_key": payment["idempotency_key"],
            "redirect_url": url,
            "created_at": payment["created_at"],
        }

    def describe_with_entries(self, payment: Row) -> Row:
        entries = {
            table: [
                _entry(kind, row)
                for row in self.journal.all(
                    f"SELECT * FROM {table} WHERE payment_id = ? ORDER BY rowid",  # noqa: S608
                    payment["id"],
                )
            ]
            for table, kind in (("captures", "capture"), ("refunds", "refund"), ("voids", "void"))
        }
        return {**self.describe(payment), **entries}

    # -- money -----------------------------------------------------------------------------

    def create(self, new: NewPayment) -> Row:
        moment = now()
        payment_id = f"pay_{secrets.token_hex(12)}"
        self.journal.insert(
            "payments",
            {
                "id": payment_id,
                "reference": new.reference,
                "amount": new.amount,
                "currency": new.currency,
                "capture_mode": new.capture,
                "card": new.card,
                "return_url": new.return_url,
                "status": "requires_action",
                "idempotency_key": new.idempotency_key,
                "created_at": moment,
                "updated_at": moment,
            },
        )
        if new.card is not None and new.card != "tok_challenge":
            self.decide(payment_id, card=new.card)
        return self.describe(self.get(payment_id))

    def decide(self, payment_id: str, *, card: str | None) -> Row:
        """The shopper (or the card token) settles an open payment: authorised or declined.

        ``card`` None is the shopper's own refusal. A second decision changes nothing.
        """
        payment = self.get(payment_id)
        if payment["status"] != "requires_action":
            return payment
        failure = "declined_by_shopper" if card is None else CARD_DECLINES.get(card)
        if failure is None and self.faults.chance(self.faults.settings.decline_rate):
            failure = "card_declined"
        if failure is not None:
            self._set(payment_id, status="declined", failure_code=failure, card=card)
            self._tell("payment.failed", payment_id)
            return self.get(payment_id)
        self._set(payment_id, status="authorised", authorised=payment["amount"], card=card)
        self._tell("payment.authorised", payment_id)
        if payment["capture_mode"] == "automatic":
            self._book_capture(self.get(payment_id), payment["amount"], reference=None, key=None)
        return self.get(payment_id)

    def capture(self, payment_id: str, *, amount: int | None, reference: str, key: str) -> Row:
        payment = self.get(payment_id)
        if payment["status"] not in ("authorised", "partly_captured"):
            raise _conflict("not_capturable", f"The payment is {payment['status']}.")
        rest = payment["authorised"] - payment["captured"]
        wanted = rest if amount is None else amount
        if wanted > rest:
            raise _conflict("amount_too_large", f"Only {rest} can still be captured.")
        if payment["card"] == "tok_capture_fails":
            raise _conflict("capture_declined", "The issuer declined the capture.")
        return self._book_capture(payment, wanted, reference=reference, key=key)

    def void(self, payment_id: str, *, reference: str, key: str) -> Row:
        """What is not captured is free again; what is captured stays, and can be refunded."""
        payment = self.get(payment_id)
        if payment["status"] not in (*OPEN_STATUSES, "partly_captured"):
            raise _conflict("not_voidable", f"The payment is {payment['status']}.")
        row = {
            "id": f"vd_{secrets.token_hex(12)}",
            "payment_id": payment_id,
            "reference": reference,
            "idempotency_key": key,
            "created_at": now(),
        }
        self.journal.insert("voids", row)
        self._set(payment_id, status="voided")
        self._tell("payment.voided", payment_id, _entry("void", row))
        return self._answer("void", row)

    def refund(self, payment_id: str, *, amount: int, reference: str, key: str) -> Row:
        payment = self.get(payment_id)
        rest = payment["captured"] - payment["refunded"] - payment["refund_pending"]
        if amount > rest:
            raise _conflict("amount_too_large", f"Only {rest} can still be refunded.")
        settings, moment = self.faults.settings, now()
        fails = payment["card"] == "tok_refund_fails" or self.faults.chance(
            settings.refund_failure_rate
        )
        row = {
            "id": f"rf_{secrets.token_hex(12)}",
            "payment_id": payment_id,
            "reference": reference,
            "amount": amount,
            "status": "pending",
            "settle_at": moment + settings.async_refund_seconds,
            "outcome": "failed" if fails else "succeeded",
            "idempotency_key": key,
            "created_at": moment,
            "updated_at": moment,
        }
        self.journal.insert("refunds", row)
        self._set(payment_id, refund_pending=payment["refund_pending"] + amount)
        if settings.async_refund_seconds == 0:
            self.settle_refund(str(row["id"]))
        return self._answer("refund", self._refund(str(row["id"])))

    def settle_refund(self, refund_id: str) -> None:
        """A pending refund reaches its outcome; telling it again changes nothing."""
        refund = self._refund(refund_id)
        if refund["status"] != "pending":
            return
        payment, amount, outcome = (
            self.get(refund["payment_id"]),
            refund["amount"],
            refund["outcome"],
        )
        failure = "refund_refused_by_issuer" if outcome == "failed" else None
        self.journal.execute(
            "UPDATE refunds SET status = ?, failure_code = ?, updated_at = ? WHERE id = ?",
            outcome, failure, now(), refund_id,
        )  # fmt: skip
        done = amount if outcome == "succeeded" else 0
        self._set(
            payment["id"],
            refunded=payment["refunded"] + done,
            refund_pending=payment["refund_pending"] - amount,
        )
        self._tell(f"refund.{outcome}", payment["id"], _entry("refund", self._refund(refund_id)))

    def expire(self, payment_id: str) -> Row:
        """The time of an open payment or of an uncaptured authorisation runs out."""
        payment = self.get(payment_id)
        if payment["status"] not in OPEN_STATUSES:
            raise _conflict("not_expirable", f"The payment is {payment['status']}.")
        self._set(payment_id, status="expired")
        self._tell("payment.expired", payment_id)
        return self.describe(self.get(payment_id))

    # -- steps -----------------------------------------------------------------------------

    def _book_capture(
        self, payment: Row, amount: int, *, reference: str | None, key: str | None
    ) -> Row:
        row = {
            "id": f"cap_{secrets.token_hex(12)}",
            "payment_id": payment["id"],
            "reference": reference,
            "amount": amount,
            "idempotency_key": key,
            "created_at": now(),
        }
        self.journal.insert("captures", row)
        captured = payment["captured"] + amount
        whole = captured == payment["authorised"]
        self._set(
            payment["id"], captured=captured, status="captured" if whole else "partly_captured"
        )
        self._tell("payment.captured", payment["id"], _entry("capture", row))
        return self._answer("capture", row)

    def _refund(self, refund_id: str) -> Row:
        row = self.journal.one("SELECT * FROM refunds WHERE id = ?", refund_id)
        if row is None:
            raise Refused(HTTPStatus.NOT_FOUND, "refund_not_found", "No such refund.")
        return row

    def _answer(self, kind: str, row: Row) -> Row:
        payment = self.describe(self.get(row["payment_id"]))
        return {**_entry(kind, row), "payment": payment}

    def _set(self, payment_id: str, **values: Any) -> None:
        values["updated_at"] = now()
        columns = ", ".join(f"{column} = ?" for column in values)
        sql = f"UPDATE payments SET {columns} WHERE id = ?"  # noqa: S608
        self.journal.execute(sql, *values.values(), payment_id)

    def _tell(self, event_type: str, payment_id: str, entry: Row | None = None) -> None:
        """Write an event and when its deliveries are due; the faults decide only that."""
        event_id, moment = f"evt_{secrets.token_hex(12)}", now()
        data: Row = {"payment": self.describe(self.get(payment_id))}
        if entry is not None:
            data[entry["object"]] = entry
        body = {"id": event_id, "type": event_type, "created_at": moment, "data": data}
        self.journal.insert(
            "events",
            {
                "id": event_id,
                "type": event_type,
                "payment_id": payment_id,
                "body": json.dumps(body, separators=(",", ":")),
                "created_at": moment,
            },
        )
        settings = self.faults.settings
        duplicated = self.faults.chance(settings.duplicate_webhooks)
        for _ in range(1 + settings.duplicate_count if duplicated else 1):
            due_at = moment + self.faults.uniform(settings.shuffle_webhooks_seconds)
            if self.faults.chance(settings.drop_webhooks):
                due_at += settings.late_seconds
            self.journal.insert("deliveries", {"event_id": event_id, "due_at": due_at})


def _entry(kind: str, row: Row) -> Row:
    """A capture, refund or void as the API and the webhooks show it."""
    names = ("id", "payment_id", "reference", "amount", "status", "failure_code")
    shown = {name: row[name] for name in names if name in row}
    key = {"idempotency_key": row["idempotency_key"]}
    return {"object": kind, **shown, **key, "created_at": row["created_at"]}


def _conflict(code: str, message: str) -> Refused:
    return Refused(HTTPStatus.CONFLICT, code, message)
