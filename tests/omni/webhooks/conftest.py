import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from omni.events import event as declarations
from omni.events import subscriptions
from omni.webhooks.deliveries import make_deliveries
from tests.omni.events import samples


@dataclass
class Receiver:
    """Another system: answers as it is told and remembers what it got."""

    status: int = 204
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


def _serve(receiver: Receiver) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(receiver.delay)
            try:
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
            except OSError:
                pass  # the sender did not wait

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook?a=1"
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    server = _serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def second_receiver() -> Iterator[Receiver]:
    made = Receiver()
    server = _serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample events, and no subscription but that of webhooks."""
    for name, cls in samples.TYPES.items():
        monkeypatch.setitem(declarations._registry, name, cls)
    monkeypatch.setattr(subscriptions, "_registry", {})
    subscriptions.subscribe(name="webhooks", to=subscriptions.ALL, handler=make_deliveries)


@pytest.fixture
def private_allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
