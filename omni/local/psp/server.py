"""The wire: routes, bearer key, idempotency, faults, and how an answer is sent or withheld.

Decided here: a write is "look the key up, act, keep the answer" in one journal transaction; the
faults stand before and after it, never inside.
"""

import hmac
import json
import logging
import re
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from omni.local.psp import pages, requests
from omni.local.psp.faults import BadFaults, parse
from omni.local.psp.journal import Row, now
from omni.local.psp.payments import CARD_NUMBERS, Provider, Refused
from omni.local.psp.webhooks import Courier, event_bodies

logger = logging.getLogger("omni.local.psp")


@dataclass(frozen=True)
class Answer:
    """What goes back to the client, or nothing at all when ``withheld``."""

    status: HTTPStatus | int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    withheld: bool = False


class Hang(Exception):
    """The client shall wait and get no answer."""


class PspServer(ThreadingHTTPServer):
    """One thread per connection; threads die with the process."""

    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(
        self, address: tuple[str, int], provider: Provider, courier: Courier, api_key: str
    ) -> None:
        self.provider, self.courier, self.api_key = provider, courier, api_key
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """Routes of the API, of the hosted page and of the sandbox's own controls."""

    protocol_version = "HTTP/1.1"
    server_version = "PspSandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 60
    server: PspServer
    ROUTES: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("GET", r"/healthz", "health"),
        ("GET", r"/pay/style\.css", "style"),
        ("GET", r"/pay/(\w+)", "show_page"),
        ("POST", r"/pay/(\w+)", "submit_page"),
        ("POST", r"/v1/payments", "create_payment"),
        ("GET", r"/v1/payments", "find_payments"),
        ("GET", r"/v1/payments/(\w+)", "get_payment"),
        ("POST", r"/v1/payments/(\w+)/capture", "capture_payment"),
        ("POST", r"/v1/payments/(\w+)/void", "void_payment"),
        ("POST", r"/v1/payments/(\w+)/refunds", "refund_payment"),
        ("GET", r"/v1/operations", "find_operation"),
        ("GET", r"/sandbox/journal", "show_journal"),
        ("GET", r"/sandbox/events", "show_events"),
        ("GET", r"/sandbox/faults", "show_faults"),
        ("POST", r"/sandbox/faults", "set_faults"),
        ("POST", r"/sandbox/payments/(\w+)/expire", "expire_payment"),
    )

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        logger.debug(format, *args)

    # -- one request -----------------------------------------------------------------------

    def _serve(self, method: str) -> None:
        try:
            answer = self._route(method)
        except Refused as refused:
            answer = _error(refused)
        except Hang:
            time.sleep(self.server.provider.faults.settings.hang_seconds)
            answer = Answer(HTTPStatus.GATEWAY_TIMEOUT, withheld=True)
        except Exception:
            logger.exception("request failed")
            answer = _json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": {"code": "internal_error"}})
        self._send(answer)

    def _route(self, method: str) -> Answer:
        self.raw = self._read_body()
        parts = urlsplit(self.path)
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        allowed = False
        for wanted, pattern, name in self.ROUTES:
            if found := re.fullmatch(pattern, parts.path):
                allowed = True
                if wanted == method:
                    if not parts.path.startswith(("/pay/", "/healthz")):
                        self._check_bearer()
                    answer: Answer = getattr(self, name)(*found.groups())
                    return answer
        status = HTTPStatus.METHOD_NOT_ALLOWED if allowed else HTTPStatus.NOT_FOUND
        raise Refused(status, status.name.lower(), status.phrase)

    def _read_body(self) -> bytes:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= requests.LARGEST_BODY:
            self.close_connection = True
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise Refused(status, "body_too_large", "The body is too large.")
        return self.rfile.read(length)

    def _check_bearer(self) -> None:
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.api_key}".encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "unauthorized", "The API key is not known.")

    def _send(self, answer: Answer) -> None:
        if answer.withheld:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    # -- the API ---------------------------------------------------------------------------

    def create_payment(self) -> Answer:
        body, key = (
            requests.body_of(self.raw),
            requests.idempotency_key(self.headers.get("Idempotency-Key")),
        )
        new = requests.new_payment(body, key=key)
        provider = self.server.provider
        return self._once("payment", body, key, HTTPStatus.CREATED, lambda: provider.create(new))

    def capture_payment(self, payment_id: str) -> Answer:
        body, key = (
            requests.body_of(self.raw),
            requests.idempotency_key(self.headers.get("Idempotency-Key")),
        )
        amount, reference = requests.capture_of(body)

        def act() -> Row:
            return self.server.provider.capture(
                payment_id, amount=amount, reference=reference, key=key
            )

        return self._once("capture", body, key, HTTPStatus.CREATED, act)

    def void_payment(self, payment_id: str) -> Answer:
        body, key = (
            requests.body_of(self.raw),
            requests.idempotency_key(self.headers.get("Idempotency-Key")),
        )
        reference = requests.void_of(body)

        def act() -> Row:
            return self.server.provider.void(payment_id, reference=reference, key=key)

        return self._once("void", body, key, HTTPStatus.CREATED, act)

    def refund_payment(self, payment_id: str) -> Answer:
        body, key = (
            requests.body_of(self.raw),
            requests.idempotency_key(self.headers.get("Idempotency-Key")),
        )
        amount, reference = requests.refund_of(body)

        def act() -> Row:
            return self.server.provider.refund(
                payment_id, amount=amount, reference=reference, key=key
            )

        return self._once("refund", body, key, HTTPStatus.CREATED, act)

    def get_payment(self, payment_id: str) -> Answer:
        self._befall("read", after=False)
        provider = self.server.provider
        return _json(HTTPStatus.OK, provider.describe_with_entries(provider.get(payment_id)))

    def find_payments(self) -> Answer:
        self._befall("read", after=False)
        for column in ("reference", "idempotency_key"):
            if column in self.query:
                found = self.server.provider.payments_by(column, self.query[column])
                return _json(HTTPStatus.OK, {"data": found})
        message = "Ask by reference or idempotency_key."
        raise Refused(HTTPStatus.BAD_REQUEST, "invalid_request", message)

    def find_operation(self) -> Answer:
        """What became of a request, by its idempotency key: for a client that got no answer."""
        self._befall("read", after=False)
        key = self.query.get("idempotency_key", "")
        row = self._kept(key)
        if row is None:
            message = "No request with this key had an effect."
            raise Refused(HTTPStatus.NOT_FOUND, "operation_not_found", message)
        kept = {"operation": row["operation"], "http_status": row["http_status"]}
        return _json(HTTPStatus.OK, {**kept, "answer": json.loads(row["answer"])})

    def _once(
        self, operation: str, body: dict[str, Any], key: str, status: HTTPStatus, act: Any
    ) -> Answer:
        """Look the key up, act, keep the answer: all or nothing, between the faults."""
        fault = self._befall(operation, after=True)
        digest = requests.body_hash("POST", urlsplit(self.path).path, body)
        journal = self.server.provider.journal
        with journal.transaction():
            answer = self._replay(key, digest)
            if answer is None:
                answer = self._act(act, status)
                journal.insert(
                    "idempotency_keys",
                    {
                        "key": key,
                        "operation": operation,
                        "body_hash": digest,
                        "http_status": int(answer.status),
                        "answer": answer.body.decode(),
                        "created_at": now(),
                    },
                )
        self.server.courier.nudge()
        if fault == "timeout_after":
            raise Hang
        if fault == "error_after":
            raise _broken()
        return answer

    def _act(self, act: Any, status: HTTPStatus) -> Answer:
        try:
            return _json(status, act())
        except Refused as refused:
            return _error(refused)

    def _replay(self, key: str, digest: str) -> Answer | None:
        row = self._kept(key)
        if row is None:
            return None
        if row["body_hash"] != digest:
            code = "idempotency_key_reused"
            message = "This key was used for another request."
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, code, message)
        headers = {"Content-Type": "application/json", "Idempotent-Replayed": "true"}
        return Answer(row["http_status"], row["answer"].encode(), headers)

    def _kept(self, key: str) -> Row | None:
        return self.server.provider.journal.one("SELECT * FROM idempotency_keys WHERE key = ?", key)

    def _befall(self, operation: str, *, after: bool) -> str | None:
        """Suffer a fault that strikes before the effect; name one that strikes after it."""
        fault = self.server.provider.faults.of_call(operation)
        if fault == "slow":
            time.sleep(self.server.provider.faults.settings.slow_seconds)
        elif fault == "timeout_before" or (fault == "timeout_after" and not after):
            raise Hang
        elif fault == "error_before" or (fault == "error_after" and not after):
            raise _broken()
        return fault

    # -- the hosted page -------------------------------------------------------------------

    def show_page(self, payment_id: str) -> Answer:
        payment = self.server.provider.get(payment_id)
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": pages.security_policy(payment),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return Answer(HTTPStatus.OK, pages.payment_page(payment).encode(), headers)

    def submit_page(self, payment_id: str) -> Answer:
        form = dict(parse_qsl(self.raw.decode("utf-8", "replace")))
        decision, number = form.get("decision"), form.get("card", "").replace(" ", "")
        if decision not in ("approve", "decline"):
            raise Refused(HTTPStatus.BAD_REQUEST, "invalid_request", "Approve or decline.")
        card = CARD_NUMBERS.get(number or "4242424242424242")
        if decision == "approve" and card is None:
            raise Refused(HTTPStatus.BAD_REQUEST, "unknown_card", "Use one of the test cards.")
        provider = self.server.provider
        with provider.journal.transaction():
            payment = provider.decide(payment_id, card=card if decision == "approve" else None)
        self.server.courier.nudge()
        return Answer(HTTPStatus.SEE_OTHER, headers={"Location": _return_url(payment)})

    def style(self) -> Answer:
        return Answer(HTTPStatus.OK, pages.STYLE.encode(), {"Content-Type": "text/css"})

    # -- the sandbox -----------------------------------------------------------------------

    def health(self) -> Answer:
        self.server.provider.journal.one("SELECT 1 AS ready")
        return _json(HTTPStatus.OK, {"status": "ready"})

    def show_journal(self) -> Answer:
        return _json(HTTPStatus.OK, self.server.provider.journal.dump())

    def show_events(self) -> Answer:
        return _json(HTTPStatus.OK, {"data": event_bodies(self.server.provider)})

    def show_faults(self) -> Answer:
        return _json(HTTPStatus.OK, self.server.provider.faults.describe())

    def set_faults(self) -> Answer:
        try:
            settings = parse(requests.body_of(self.raw))
        except BadFaults as error:
            raise Refused(HTTPStatus.BAD_REQUEST, "invalid_request", str(error)) from error
        self.server.provider.faults.set(settings)
        return self.show_faults()

    def expire_payment(self, payment_id: str) -> Answer:
        provider = self.server.provider
        with provider.journal.transaction():
            expired = provider.expire(payment_id)
        self.server.courier.nudge()
        return _json(HTTPStatus.OK, expired)


def _return_url(payment: Row) -> str:
    parts = urlsplit(payment["return_url"])
    query = [*parse_qsl(parts.query), ("psp_payment", payment["id"])]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _json(status: HTTPStatus, body: Row) -> Answer:
    content = json.dumps(body, separators=(",", ":")).encode()
    return Answer(status, content, {"Content-Type": "application/json"})


def _error(refused: Refused) -> Answer:
    return _json(refused.http_status, {"error": {"code": refused.code, "message": refused.message}})


def _broken() -> Refused:
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Something went wrong.")
