"""The provider as the process that it is, and what the tests of payments ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from omni.audit.registry import invariants
from orders.payments import audit
from orders.payments import operations as payments
from tests.omni.local.psp.process import API_KEY, SECRET, PspProcess, Receiver, eventually

assert audit, "registers the invariants"


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    running = Receiver().start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def psp_process(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[PspProcess]:
    journal = tmp_path_factory.mktemp("psp") / "journal.sqlite3"
    running = PspProcess(journal, webhook_url=receiver.url).start()
    yield running
    running.stop()


@pytest.fixture
def psp(psp_process: PspProcess, receiver: Receiver, settings: Any) -> PspProcess:
    """The provider, well, with nothing heard from it yet."""
    psp_process.set_faults(hang_seconds=0)
    receiver.received.clear()
    settings.PSP_URL = psp_process.url
    settings.PSP_API_KEY = API_KEY
    settings.PSP_WEBHOOK_SECRET = SECRET
    settings.PSP_TIMEOUT_SECONDS = 3.0
    return psp_process


Message = tuple[dict[str, str], bytes]


@pytest.fixture
def messages(psp: PspProcess, receiver: Receiver) -> Callable[[str, int], list[Message]]:
    """The webhooks about a payment, once so many have come; they are not applied yet."""

    def of(provider_id: str, number: int) -> list[Message]:
        def found() -> list[Message]:
            return [each for each in list(receiver.received) if provider_id.encode() in each[1]]

        eventually(lambda: len(found()) >= number)
        return found()

    return of


def deliver(message: Message) -> Any:
    """What the webhook endpoint does with one message."""
    headers, body = message
    return payments.receive_provider_event(provider="psp", headers=headers, body=body)


@contextmanager
def nothing_changes(*models: Any) -> Iterator[None]:
    """Every row of these tables stays as it is."""
    before = [list(model.objects.order_by("pk").values()) for model in models]
    yield
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def broken_invariants() -> dict[str, list[Any]]:
    """The invariants of payments that do not hold, with the offending rows."""
    offenders = {}
    for each in invariants([f"P{number}" for number in range(1, 8)]):
        with connection.cursor() as cursor:
            cursor.execute(each.statement())
            if rows := cursor.fetchall():
                offenders[each.code] = rows
    return offenders
