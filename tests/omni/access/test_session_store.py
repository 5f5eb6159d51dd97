"""What a session brings along: one statement, as fresh as the rows, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import RequestFactory

from omni.access.middleware import StaffAuthentication
from omni.access.models import Grant, User
from omni.access.operations import sweep_session_tokens
from omni.access.permissions import Permission
from omni.access.session_store import StaffSession
from omni.access.sessions import actor_of_user, lacks_second_factor, staff_actor
from omni.core import clock
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff, staff_client

pytestmark = pytest.mark.django_db


def _request(user: User, *, client: Any = None) -> Any:
    """A request with the session of somebody signed in, as the middleware makes it."""
    client = client or staff_client(user)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    request: Any = RequestFactory().get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = key
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    StaffAuthentication(lambda _request: None).process_request(request)  # type: ignore[arg-type]
    return request


def test_session_brings_login_grants_and_second_factor_in_one_statement(
    django_assert_num_queries: Any, settings: Any
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    user = make_staff(Permission.POS_SELL, location_id=make_location().pk)
    Grant.objects.filter(user=user).update(refund_limit_minor=5_000, discount_limit_bps=None)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    request = _request(user)

    with django_assert_num_queries(1):
        actor = staff_actor(request)
        assert request.user == user
        assert not lacks_second_factor(request)

    assert actor == actor_of_user(user)
    assert actor
    assert actor.limit(Permission.POS_SELL, "refund_limit_minor") == 5_000


def test_session_brings_what_holds_now(settings: Any) -> None:
    user = make_staff(Permission.POS_SELL, location_id=make_location().pk)
    client = staff_client(user)
    Grant.objects.filter(user=user).update(valid_until=clock.now() + timedelta(hours=1))

    now = staff_actor(_request(user, client=client))
    with clock.moved(by=timedelta(hours=2)):
        later = staff_actor(_request(user, client=client))
    User.objects.filter(pk=user.pk).update(is_active=False)
    closed = staff_actor(_request(user, client=client))
    User.objects.filter(pk=user.pk).update(is_active=True, auth_epoch=user.auth_epoch + 1)
    ended = staff_actor(_request(user, client=client))

    assert now
    assert now.may(Permission.POS_SELL)
    assert later
    assert not later.may(Permission.POS_SELL)
    assert closed is None
    assert ended is None
    settings.STAFF_MFA_REQUIRED = True
    assert lacks_second_factor(_request(make_staff(Permission.POS_SELL)))


def test_session_that_names_another_login_signs_nobody_in_as_them() -> None:
    """The row's own column is a hint: whose session it is stands in its sealed data."""
    user, other = make_staff(Permission.POS_SELL), make_staff(Permission.CATALOG_EDIT)
    client = staff_client(user)
    StaffSession.objects.update(user_id=other.pk)

    actor = staff_actor(_request(user, client=client))

    assert actor == actor_of_user(user)


def test_expired_sessions_are_swept() -> None:
    client = staff_client(make_staff(Permission.POS_SELL))
    stale = staff_client(make_staff(Permission.POS_SELL)).session
    stale.set_expiry(-1)
    stale.save()

    sweep_session_tokens()

    kept = StaffSession.objects.get()
    assert str(kept.user_id) == client.session[SESSION_KEY]
