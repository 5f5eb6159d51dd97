"""Several senders at once: each message leaves once."""

from typing import Any

import pytest

from omni.messages import operations as messages
from omni.messages.models import Message
from tests.customers.test_races import at_once
from tests.factories.messages import make_message
from tests.omni.messages.backends import Slow

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_senders_send_each_message_once(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.omni.messages.backends.Slow"
    Slow.taken.clear()
    rows = [make_message() for _ in range(40)]

    tries = at_once(*[messages.send_due] * 4)

    assert sum(tries) == len(rows)
    assert len(Slow.taken) == len(set(Slow.taken)) == len(rows)
    assert {row.status for row in Message.objects.all()} == {"sent"}
    assert {row.attempts for row in Message.objects.all()} == {1}


def test_one_cause_at_once_is_one_message() -> None:
    at_once(*[lambda: make_message(reference="same")] * 4)

    assert Message.objects.count() == 1
