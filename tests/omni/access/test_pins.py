"""PINs at a shared device: who may be chosen, how often they may err, what the session keeps."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client, override_settings

from omni.access import operations as access
from omni.access import pins
from omni.access.actor import SYSTEM, Actor
from omni.access.models import AccessLog, PinTries, StaffPin, User
from omni.access.permissions import Permission
from omni.access.pins import Colleague
from omni.access.sessions import (
    SEEN,
    SIGNED_IN,
    Device,
    SecondFactorRequired,
    SessionOver,
    actor_of_user,
    device_of,
    switch_session,
)
from omni.core import clock
from omni.core.errors import DomainError, NotAllowed, NotFound
from omni.lab.races import race
from omni.lab.throwaway import drop_constraint
from tests.factories.omni import PASSWORD, make_grant, make_staff, make_user, staff_actor

LYON, NICE = UUID(int=1), UUID(int=2)
PIN = "4071"


def with_pin(name: str = "Ben", location_id: UUID = LYON, **over: Any) -> User:
    user = make_staff(Permission.POS_SELL, location_id=location_id, display_name=name, **over)
    pins.set_own_pin(pin=PIN, password=PASSWORD, actor=actor_of_user(user))
    return user


def opened_by(user: User, location_id: UUID = LYON) -> Device:
    return Device(uuid4(), location_id, user.pk, user.get_session_auth_hash())


def switched(device: Device, user: User, pin: str = PIN) -> User:
    return pins.switch_by_pin(device=device, user_id=user.pk, pin=pin, actor=SYSTEM)


def tries(user: User) -> dict[UUID | None, int]:
    return dict(PinTries.objects.filter(user=user).values_list("device_id", "spent"))


@pytest.mark.django_db
def test_switch_by_pin_gives_the_colleague_and_leaves_a_trace() -> None:
    ada, ben = make_staff(Permission.POS_SELL, location_id=LYON), with_pin()

    user = pins.switch_by_pin(
        device=opened_by(ada), user_id=ben.pk, pin=PIN, actor=actor_of_user(ada)
    )

    assert user == ben
    assert PIN not in StaffPin.objects.get(user=ben).secret
    seen = AccessLog.objects.get(kind="session.switched")
    assert (seen.principal, seen.subject_id) == (f"staff:{ada.pk}", str(ben.pk))


@pytest.mark.django_db
def test_set_own_pin_refuses_what_everybody_guesses() -> None:
    actor = actor_of_user(make_user())
    rows = ["0000", "1234", "4321", "7890", "1212", "1122", "2580", "10001000"]
    simple = ["123", "123456789", "12a4", "١٢٣٥", *rows]

    for pin in simple:
        with pytest.raises(pins.PinTooSimple):
            pins.set_own_pin(pin=pin, password=PASSWORD, actor=actor)

    assert not StaffPin.objects.exists()


@pytest.mark.django_db
def test_set_own_pin_takes_the_password_and_counts_wrong_ones() -> None:
    actor = actor_of_user(make_user())

    with pytest.raises(pins.PasswordNotRight):
        pins.set_own_pin(pin=PIN, password="wrong", actor=actor)
    with pytest.raises(NotAllowed):
        pins.set_own_pin(pin=PIN, password=PASSWORD, actor=SYSTEM)
    for _ in range(pins.PASSWORD_TRIES - 1):
        with pytest.raises(pins.PasswordNotRight):
            pins.set_own_pin(pin=PIN, password="wrong", actor=actor)

    with pytest.raises(DomainError) as refusal:
        pins.set_own_pin(pin=PIN, password=PASSWORD, actor=actor)

    assert refusal.value.code == "too_many_attempts"
    assert not StaffPin.objects.exists()


@pytest.mark.django_db
def test_people_at_are_those_whose_grants_cover_the_store_now() -> None:
    ben = with_pin("Ben")
    dora = make_staff(Permission.ORDERS_VIEW, display_name="Dora")
    with_pin("Cleo", NICE)
    make_user(display_name="Nobody")
    make_user(display_name="Root", is_superuser=True)
    make_grant(make_user(kind="customer"), Permission.POS_SELL)
    past = clock.now() - timedelta(days=2)
    make_grant(make_user(), Permission.POS_SELL, valid_from=past, valid_until=past + timedelta(1))
    access.close_login(user_id=with_pin("Gone").pk, actor=SYSTEM)

    assert pins.people_at(LYON) == [
        Colleague(ben.pk, "Ben", True),
        Colleague(dora.pk, "Dora", False),
    ]


@pytest.mark.django_db
def test_switch_by_pin_refuses_strangers_the_unready_and_devices_that_are_over() -> None:
    ada, cleo = make_user(), with_pin("Cleo", NICE)
    device = opened_by(ada)
    unready = make_staff(Permission.POS_SELL, location_id=LYON)

    with pytest.raises(NotFound):
        switched(device, cleo)
    with pytest.raises(pins.PinNotSet):
        switched(device, unready)
    ben = with_pin()
    with override_settings(STAFF_MFA_REQUIRED=True), pytest.raises(SecondFactorRequired):
        switched(device, ben)
    access.end_sessions(user_id=ada.pk)
    with pytest.raises(SessionOver):
        switched(device, ben)

    assert not AccessLog.objects.filter(kind="session.switched").exists()


@pytest.mark.django_db
def test_five_wrong_pins_lock_the_person_at_this_device_for_a_quarter_of_an_hour() -> None:
    ada, ben = make_user(), with_pin()
    here, there = opened_by(ada), opened_by(ada)

    refused = []
    for _ in range(7):
        with pytest.raises(DomainError) as refusal:
            switched(here, ben, "9999")
        refused.append((refusal.value.code, refusal.value.details.get("attempts_left")))

    assert refused == [("wrong_pin", n) for n in (4, 3, 2, 1)] + [("pin_locked", None)] * 3
    assert tries(ben) == {here.id: 5, None: 5}
    with pytest.raises(pins.PinLocked):
        switched(here, ben)
    assert switched(there, ben) == ben
    assert tries(ben) == {here.id: 5, None: 5}
    with clock.moved(by=timedelta(minutes=16)):
        assert switched(here, ben) == ben


@pytest.mark.django_db
def test_right_pins_use_nothing_up_and_many_devices_lock_the_person_everywhere() -> None:
    ada, ben = make_user(), with_pin()
    device = opened_by(ada)
    for _ in range(6):
        switched(device, ben)
    assert tries(ben) == {None: 0}

    for _ in range(5):
        other = opened_by(ada)
        for _ in range(4):
            with pytest.raises((pins.WrongPin, pins.PinLocked)):
                switched(other, ben, "9999")

    assert tries(ben)[None] == pins.TRIES_OF_PERSON
    with pytest.raises(pins.PinLocked):
        switched(device, ben)


@pytest.mark.django_db
def test_password_sign_in_unlocks_the_pin(client: Client) -> None:
    ben = with_pin()
    device = opened_by(ben)
    for _ in range(5):
        with pytest.raises(DomainError):
            switched(device, ben, "9999")

    client.post("/staff/sign-in", {"login": ben.email, "password": PASSWORD})

    assert tries(ben) == {}
    assert switched(device, ben) == ben


@pytest.mark.django_db
def test_reset_pin_is_for_managers_of_the_store() -> None:
    ben, cleo = with_pin(), with_pin("Cleo", NICE)
    ada = staff_actor(Permission.ACCESS_RESET_PIN, location_id=LYON)

    with pytest.raises(NotAllowed):
        pins.reset_pin(user_id=cleo.pk, location_id=NICE, actor=ada)
    with pytest.raises(NotFound):
        pins.reset_pin(user_id=cleo.pk, location_id=LYON, actor=ada)
    for _ in range(2):
        pins.reset_pin(user_id=ben.pk, location_id=LYON, actor=ada)

    assert [row.user_id for row in StaffPin.objects.all()] == [cleo.pk]


@pytest.mark.django_db
def test_prove_second_gives_another_persons_actor_and_never_ones_own() -> None:
    ada, ben = make_staff(Permission.POS_VOID, location_id=LYON), with_pin()
    device = opened_by(ada)
    asks = actor_of_user(ada, request_id="r1")

    second = pins.prove_second(device=device, user_id=ben.pk, pin=PIN, actor=asks)

    assert isinstance(second, Actor)
    assert (second.user_id, second.request_id) == (ben.pk, "r1")
    assert second.may(Permission.POS_SELL, location_id=LYON)
    assert not second.may(Permission.POS_VOID)
    with pytest.raises(pins.SamePerson):
        pins.prove_second(device=device, user_id=ada.pk, pin=PIN, actor=asks)
    with pytest.raises(pins.WrongPin):
        pins.prove_second(device=device, user_id=ben.pk, pin="9999", actor=asks)


@pytest.mark.django_db
def test_switch_session_keeps_place_and_age_and_nothing_of_the_last_person(
    client: Client, rf: Any
) -> None:
    ada, ben = make_staff(Permission.POS_SELL, location_id=LYON), with_pin()
    client.post("/staff/sign-in", {"login": ada.email, "password": PASSWORD})
    session = client.session
    session[SIGNED_IN] = session[SEEN] = 1_700_000_000
    session["omni_place"] = {"location_id": str(LYON)}
    request = rf.get("/")
    request.session, request.user = session, ada
    assert "account_authentication_methods" in session
    device = device_of(request, location_id=LYON)
    key = session.session_key

    switch_session(request, ben)

    assert request.session[SESSION_KEY] == str(ben.pk)
    assert request.session.session_key != key
    assert (request.session[SIGNED_IN], request.user) == (1_700_000_000, ben)
    assert request.session["omni_place"] == {"location_id": str(LYON)}
    assert "account_authentication_methods" not in request.session
    assert device_of(request, location_id=LYON) == device
    assert device.opened_by == ada.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("concurrency")
def test_wrong_pins_at_once_are_never_more_than_five_and_without_the_guard_are() -> None:
    ada, ben = make_user(), with_pin()

    def wrong_pins() -> Counter[str]:
        device = opened_by(ada)
        outcomes = race([lambda: switched(device, ben, "9999")] * 12)
        return Counter(getattr(each.error, "code", str(each.error)) for each in outcomes)

    guarded = wrong_pins()
    pins.forgive(ben.pk)
    drop_constraint("omni_pin_tries", "omni_pin_tries_limited")
    with mock.patch.object(pins, "_counted", _read_then_write):
        free = wrong_pins()

    assert guarded == {"wrong_pin": 4, "pin_locked": 8}
    assert free["wrong_pin"] > 4
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE omni_pin_tries ADD CONSTRAINT omni_pin_tries_limited CHECK (spent >= 0"
            " AND ((device_id IS NULL AND spent <= 20) OR spent <= 5)) NOT VALID"
        )


def _read_then_write(user_id: UUID, device_id: UUID | None, most: int, now: Any) -> int | None:
    """The control: what the guarded statement does, by reading first."""
    row = PinTries.objects.filter(user_id=user_id, device_id=device_id).first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")
    if row is not None and row.spent >= most:
        return None
    values = {"spent": (row.spent if row else 0) + 1, "resets_at": now + pins.LOCKED_FOR}
    PinTries.objects.update_or_create(user_id=user_id, device_id=device_id, defaults=values)
    return values["spent"]
