"""A counter that guards a secret never passes its limit."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from omni.core import clock
from omni.rest import limits
from omni.rest.limits import LimitCounter, Spent, TooManyAttempts
from tests.factories.omni import fresh_key, make_channel_key, shop_headers

HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_spend_counts_down_and_then_refuses():
    first = limits.spend("probe", "ada", 2, HOUR)
    second = limits.spend("probe", "ada", 2, HOUR)

    with pytest.raises(TooManyAttempts) as refusal:
        limits.spend("probe", "ada", 2, HOUR)

    assert first == Spent(remaining=1, resets_in=3600)
    assert second.remaining == 0
    assert 3590 <= refusal.value.retry_after <= 3600
    assert LimitCounter.objects.get().spent == 2


@pytest.mark.django_db
def test_spend_keeps_subjects_and_names_apart_and_no_subject_in_the_clear():
    limits.spend("probe", "ada@example.com", 1, HOUR)
    limits.spend("probe", "ben@example.com", 1, HOUR)
    limits.spend("other", "ada@example.com", 1, HOUR)

    assert LimitCounter.objects.count() == 3
    assert not LimitCounter.objects.filter(subject__contains="@").exists()


@pytest.mark.django_db
def test_spend_starts_anew_when_the_window_is_over():
    limits.spend("probe", "ada", 1, HOUR)

    with clock.moved(by=HOUR):
        again = limits.spend("probe", "ada", 1, HOUR)

    assert again.remaining == 0


@pytest.mark.django_db
def test_forgive_gives_all_tries_back():
    limits.spend("probe", "ada", 1, HOUR)

    limits.forgive("probe", "ada")

    assert limits.spend("probe", "ada", 1, HOUR).remaining == 0


@pytest.mark.django_db(transaction=True)
def test_spend_refuses_to_be_rolled_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        limits.spend("probe", "ada", 1, HOUR)

    assert LimitCounter.objects.count() == 0


@pytest.mark.django_db
def test_sweep_removes_counters_whose_window_is_over():
    limits.spend("probe", "ada", 1, HOUR)
    limits.spend("probe", "ben", 1, 3 * HOUR)

    with clock.moved(by=2 * HOUR):
        removed = limits.sweep()

    assert removed == 1
    assert LimitCounter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.omni.rest.probe_urls")
def test_try_of_an_endpoint_stays_spent_though_its_transaction_rolls_back(client):
    shop = make_channel_key()

    answers = [
        client.post(
            "/api/v1/guess",
            content_type="application/json",
            headers=shop_headers(shop) | fresh_key(),
        )
        for _ in range(3)
    ]

    assert [a.status_code for a in answers] == [409, 409, 429]
    assert answers[2].json()["code"] == "too_many_attempts"
    assert int(answers[2]["Retry-After"]) > 3500


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_never_pass_the_limit():
    barrier, allowed, refused = threading.Barrier(20), [], []

    def guess():
        barrier.wait(20)
        for _ in range(5):
            try:
                allowed.append(limits.spend("probe", "ada", 7, HOUR))
            except TooManyAttempts:
                refused.append(1)
        connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (len(allowed), len(refused)) == (7, 93)
    assert LimitCounter.objects.get().spent == 7
