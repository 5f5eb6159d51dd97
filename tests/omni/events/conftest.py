import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app

from omni.events import event as declarations
from omni.events import relay, subscriptions
from tests.omni.events import samples


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, cls in samples.TYPES.items():
        monkeypatch.setitem(declarations._registry, name, cls)


@pytest.fixture
def only_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No subscription but those of the test."""
    monkeypatch.setattr(subscriptions, "_registry", {})


@pytest.fixture
def listen(only_mine: None) -> Callable[..., list[Any]]:
    """Subscribe to everything; returns what the handler will have received, one after the other."""

    def make(name: str = "test", to: Any = subscriptions.ALL, **more: Any) -> list[Any]:
        received: list[Any] = []
        handler = more.pop("handler", None) or received.extend
        subscriptions.subscribe(name=name, to=to, handler=handler, **more)
        return received

    return make


@pytest.fixture
def hanging_broker() -> Iterator[list[Any]]:
    """A broker that takes connections and never says a word. Returns the connections taken."""
    server = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                taken.append(server.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    before = current_app.conf.broker_url
    current_app.conf.broker_url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    yield taken
    current_app.conf.broker_url = before
    for each in [server, *taken]:
        each.close()


@pytest.fixture
def relay_until() -> Callable[..., None]:
    """Run the relay until something holds: other tests' transactions hold its horizon back."""

    def run(condition: Callable[[], Any], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the relay did not get there"
            relay.run_all()
            time.sleep(0.02)

    return run
