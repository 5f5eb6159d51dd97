"""The stage of the stories: the demo merchant before its first customer, and the provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client

from omni.audit import runner
from omni.core import clock
from omni.demo.merchant import seed
from omni.events import operations as events
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver, eventually


@pytest.fixture
def merchant(transactional_db: None) -> Iterator[None]:
    """Places, goods and staff; afterwards nothing may be left that breaks an invariant."""
    cache.clear()  # sign-ins of an earlier story count against nobody here
    with clock.moved(by=-timedelta(days=1)):
        for step in seed.FOUNDING:
            step()
    yield
    events.drain()
    assert [finding for finding in runner.run() if not finding.is_clean] == []


@pytest.fixture(scope="session")
def psp_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PspProcess, Receiver]]:
    receiver = Receiver().start()
    journal = tmp_path_factory.mktemp("psp") / "journal.sqlite3"
    running = PspProcess(journal, webhook_url=receiver.url).start()
    yield running, receiver
    running.stop()
    receiver.stop()


class Provider:
    """The provider's process: the page that the shopper sees, and the messages that it sends."""

    def __init__(self, process: PspProcess, receiver: Receiver) -> None:
        self.process, self.receiver = process, receiver
        self._gave_back_before = self._given_back()

    def shopper_approves(self, url: str) -> None:
        """What the shopper does on the provider's page, which leads back to the shop."""
        page = httpx.get(url, timeout=5)
        assert page.status_code == 200
        card = {"decision": "approve", "card": "4242424242424242"}
        back = httpx.post(url, data=card, timeout=5)
        assert back.status_code in (302, 303), back.text

    def delivers(self, number: int) -> None:
        """So many messages arrive at our endpoint, byte for byte as they were sent."""
        eventually(lambda: len(self.receiver.received) >= number)
        while self.receiver.received:
            headers, body = self.receiver.received.pop(0)
            answer = Client().post(
                "/api/v1/payments/webhooks/psp",
                body,
                content_type=headers["content-type"],
                headers={name: headers[name] for name in headers if name.startswith("webhook-")},
            )
            assert answer.status_code == 204, answer.content

    def gives_back(self, amount: int) -> None:
        """The refunds of this story reach this sum in the provider's own books, and are told."""
        eventually(lambda: self._given_back() - self._gave_back_before == amount)
        self.delivers(1)

    def _given_back(self) -> int:
        refunds = self.process.dump()["refunds"]
        return sum(each["amount"] for each in refunds if each["status"] == "succeeded")


@pytest.fixture
def provider(psp_process: tuple[PspProcess, Receiver], settings: Any) -> Provider:
    process, receiver = psp_process
    receiver.received.clear()
    settings.PSP_URL = process.url
    settings.PSP_API_KEY = API_KEY
    settings.PSP_WEBHOOK_SECRET = SECRET
    return Provider(process, receiver)
