"""Runs the sandbox of the payment provider as the process that it is, for tests of any folder."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

API_KEY = "psp_test_key"
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXBzcC1zYW5kYm94LTI0"
ROOT = Path(__file__).resolve().parents[4]


@dataclass
class PspProcess:
    """A running sandbox; ``kill`` and ``start`` again keep its journal and its port."""

    journal: Path
    webhook_url: str | None = None
    arguments: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "PspProcess":
        command = [sys.executable, "-m", "omni.local.psp", "--port", str(self.port)]
        command += ["--journal", str(self.journal), "--api-key", API_KEY, "--secret", SECRET]
        command += ["--retry-seconds", "0.1", *self.arguments]
        if self.webhook_url is not None:
            command += ["--webhook-url", self.webhook_url]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)$", line.strip())
        assert found is not None, f"the sandbox did not start: {line!r}"
        self.port = int(found[1])
        return self

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        return code

    # -- speaking to it ---------------------------------------------------------------------

    def request(
        self, method: str, path: str, *, key: str = "", timeout: float = 5, **kwargs: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        if key:
            headers["Idempotency-Key"] = key
        return httpx.request(method, self.url + path, headers=headers, timeout=timeout, **kwargs)

    def pay(self, key: str, **over: Any) -> httpx.Response:
        body = {
            "amount": 1999,
            "currency": "EUR",
            "reference": f"ref-{key}",
            "return_url": "http://shop.test/return?x=1",
            **over,
        }
        return self.request("POST", "/v1/payments", key=key, json=body)

    def decide(
        self, payment_id: str, decision: str = "approve", card: str = "4242424242424242"
    ) -> httpx.Response:
        """What a shopper does on the hosted page."""
        data = {"decision": decision, "card": card}
        return httpx.post(f"{self.url}/pay/{payment_id}", data=data, timeout=5)

    def wait_until_refunded(self, payment_id: str, amount: int) -> None:
        path = f"/v1/payments/{payment_id}"
        eventually(lambda: self.request("GET", path).json()["refunded"] == amount)

    def set_faults(self, **settings: Any) -> None:
        self.request("POST", "/sandbox/faults", json=settings).raise_for_status()

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        journal: dict[str, list[dict[str, Any]]] = self.request("GET", "/sandbox/journal").json()
        return journal


@dataclass
class Receiver:
    """A merchant's endpoint: keeps what arrives and answers as told."""

    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    def start(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append((headers, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def stop(self) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait for something that happens in another process."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it did not happen in time"
        sleep(0.02)
