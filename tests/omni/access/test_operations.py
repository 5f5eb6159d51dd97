"""Nobody gives, changes or takes what they do not have; keys are stored as digests."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction

from omni.access import operations as access
from omni.access.actor import ANONYMOUS, SYSTEM
from omni.access.models import AccessLog, ApiKey, ChannelKey, Grant, Role, SessionToken, User
from omni.access.operations import EmailTaken, GrantTerms
from omni.access.permissions import Permission
from omni.access.places import UnknownPlace
from omni.access.rights import BeyondOwnRights, InvalidScope, UnknownPermission
from omni.access.sessions import actor_of_user, grants_of
from omni.core import clock
from omni.core.errors import NotAllowed, NotFound
from omni.core.ids import uuid7
from omni.core.secrets import digest
from tests.factories.inventory import make_channel, make_location
from tests.factories.omni import (
    make_api_key,
    make_channel_key,
    make_grant,
    make_role,
    make_session_token,
    make_staff,
    make_user,
    staff_actor,
)

pytestmark = pytest.mark.django_db

LYON, NICE = uuid7(), uuid7()
MANAGE, VIEW, REFUND = (
    Permission.ACCESS_MANAGE,
    Permission.ORDERS_VIEW,
    Permission.PAYMENTS_REFUND,
)


def at(location_id, **terms):
    return GrantTerms(scope_kind="location", scope_id=location_id, **terms)


@pytest.fixture(autouse=True)
def places():
    make_location(pk=LYON)
    make_location(pk=NICE)


# --- grants ---------------------------------------------------------------------------------------


def test_grant_role_holds_at_its_location():
    user = make_user()
    role = make_role(VIEW)

    access.grant_role(user_id=user.pk, role_id=role.pk, terms=at(LYON), actor=SYSTEM)

    actor = actor_of_user(user)
    assert actor.may(VIEW, location_id=LYON)
    assert not actor.may(VIEW, location_id=NICE)


@pytest.mark.parametrize("kind", ["location", "channel"])
def test_grant_role_refuses_a_place_that_is_not_there(kind):
    user, role = make_user(), make_role(VIEW)
    elsewhere = {"location": make_channel().pk, "channel": LYON}[kind]

    for nowhere in (uuid7(), elsewhere):
        with pytest.raises(UnknownPlace) as caught:
            access.grant_role(
                user_id=user.pk,
                role_id=role.pk,
                terms=GrantTerms(scope_kind=kind, scope_id=nowhere),
                actor=SYSTEM,
            )
        assert caught.value.details == {"field": "scope_id", "ids": [str(nowhere)]}

    assert not Grant.objects.exists()


def test_grant_role_tells_strangers_nothing_of_places():
    ben = make_user()

    with pytest.raises(NotAllowed):
        access.grant_role(
            user_id=ben.pk,
            role_id=make_role(VIEW).pk,
            terms=at(uuid7()),
            actor=staff_actor(MANAGE, VIEW, location_id=LYON),
        )

    assert not ben.grants.exists()


def test_grant_role_within_own_rights_is_allowed():
    ada = staff_actor(MANAGE, VIEW, location_id=LYON)

    access.grant_role(user_id=make_user().pk, role_id=make_role(VIEW).pk, terms=at(LYON), actor=ada)

    assert Grant.objects.filter(role__permissions=[VIEW]).count() == 1


@pytest.mark.parametrize(
    ("permissions", "terms"),
    [
        ([VIEW, REFUND], at(LYON)),
        ([VIEW], at(NICE)),
        ([VIEW], GrantTerms()),
        ([VIEW], GrantTerms(scope_kind="channel", scope_id=LYON)),
        ([], GrantTerms()),
    ],
)
def test_grant_role_beyond_own_rights_is_refused(permissions, terms):
    ada = staff_actor(MANAGE, VIEW, location_id=LYON)
    ben = make_user()

    with pytest.raises(NotAllowed):
        access.grant_role(
            user_id=ben.pk, role_id=make_role(*permissions).pk, terms=terms, actor=ada
        )

    assert not ben.grants.exists()


@pytest.mark.parametrize("limit", [None, 5001])
def test_grant_role_beyond_own_limit_is_refused(limit):
    ada = make_user()
    make_grant(
        ada,
        MANAGE,
        REFUND,
        scope_kind="location",
        scope_id=LYON,
        refund_limit_minor=5000,
    )
    ben = make_user()
    role = make_role(REFUND)

    with pytest.raises(BeyondOwnRights):
        access.grant_role(
            user_id=ben.pk,
            role_id=role.pk,
            terms=at(LYON, refund_limit_minor=limit),
            actor=actor_of_user(ada),
        )
    assert not ben.grants.exists()

    access.grant_role(
        user_id=ben.pk,
        role_id=role.pk,
        terms=at(LYON, refund_limit_minor=5000),
        actor=actor_of_user(ada),
    )
    assert ben.grants.get().refund_limit_minor == 5000


def test_grant_role_without_the_right_to_manage_is_refused():
    ben = make_user()

    with pytest.raises(NotAllowed):
        access.grant_role(
            user_id=ben.pk,
            role_id=make_role(VIEW).pk,
            terms=GrantTerms(),
            actor=staff_actor(VIEW),
        )

    assert not ben.grants.exists()


def test_grant_role_is_not_for_customers():
    customer = make_user(kind="customer")

    with pytest.raises(NotFound):
        access.grant_role(
            user_id=customer.pk, role_id=make_role(VIEW).pk, terms=GrantTerms(), actor=SYSTEM
        )

    assert not Grant.objects.exists()


def test_grant_holds_only_within_its_period():
    user = make_user()
    now = clock.now()
    make_grant(user, VIEW, valid_from=now + timedelta(days=1), valid_until=now + timedelta(days=2))

    before = grants_of(user.pk)
    with clock.moved(by=timedelta(days=1, minutes=1)):
        during = grants_of(user.pk)
    with clock.moved(by=timedelta(days=2, minutes=1)):
        after = grants_of(user.pk)

    assert (len(before), len(during), len(after)) == (0, 1, 0)


def test_revoke_grant_ends_it_and_needs_what_it_gives():
    grant = make_grant(make_user(), REFUND, scope_kind="location", scope_id=LYON)
    ada = staff_actor(MANAGE, VIEW, location_id=LYON)

    with pytest.raises(BeyondOwnRights):
        access.revoke_grant(grant_id=grant.pk, actor=ada)
    assert Grant.objects.filter(pk=grant.pk).exists()

    access.revoke_grant(grant_id=grant.pk, actor=SYSTEM)
    assert not Grant.objects.filter(pk=grant.pk).exists()


# --- roles ----------------------------------------------------------------------------------------


def test_save_role_lets_nobody_add_or_remove_what_they_do_not_have():
    role = make_role(REFUND, code="till")
    ada = staff_actor(MANAGE, VIEW)

    for permissions in ([REFUND, MANAGE, Permission.POS_VOID], [VIEW]):
        with pytest.raises(BeyondOwnRights):
            access.save_role(
                role_id=role.pk, code="till", name="Till", permissions=permissions, actor=ada
            )
    role.refresh_from_db()
    assert role.permissions == [REFUND]

    access.save_role(
        role_id=role.pk, code="till", name="Till", permissions=[REFUND, VIEW], actor=ada
    )
    role.refresh_from_db()
    assert role.permissions == [VIEW, REFUND]


def test_save_role_refuses_unknown_permissions_and_local_managers():
    with pytest.raises(UnknownPermission):
        access.save_role(code="x", name="X", permissions=["orders.burn"], actor=SYSTEM)
    with pytest.raises(NotAllowed):
        access.save_role(
            code="x", name="X", permissions=[], actor=staff_actor(MANAGE, location_id=LYON)
        )

    assert not Role.objects.filter(code="x").exists()


# --- logins ---------------------------------------------------------------------------------------


def test_create_staff_login_may_do_nothing_yet():
    user = access.create_staff_login(
        email=" Ben@Example.com ", display_name="Ben", actor=staff_actor(MANAGE)
    )

    assert (user.kind, user.email) == ("staff", "ben@example.com")
    assert not user.has_usable_password()
    assert grants_of(user.pk) == ()


def test_create_staff_login_refuses_a_taken_address_but_not_that_of_a_customer():
    make_user(kind="customer", email="ben@example.com")
    access.create_staff_login(email="ben@example.com", display_name="Ben", actor=SYSTEM)

    with pytest.raises(EmailTaken):
        access.create_staff_login(email="BEN@example.com", display_name="Ben", actor=SYSTEM)

    assert User.objects.filter(email="ben@example.com").count() == 2


def test_close_login_ends_every_session_and_needs_all_that_it_has():
    ben = make_staff(VIEW, REFUND)
    root = make_user(is_superuser=True)
    ada = staff_actor(MANAGE, VIEW)

    for target in (ben, root):
        with pytest.raises(BeyondOwnRights):
            access.close_login(user_id=target.pk, actor=ada)
    ben.refresh_from_db()
    assert (ben.is_active, ben.auth_epoch) == (True, 0)

    access.close_login(user_id=ben.pk, actor=SYSTEM)
    ben.refresh_from_db()
    assert (ben.is_active, ben.auth_epoch) == (False, 1)


def test_createsuperuser_makes_staff_that_may_do_everything():
    call_command("createsuperuser", "--noinput", email="Root@Example.com", verbosity=0)

    root = User.objects.get()
    assert (root.kind, root.email, root.is_superuser) == ("staff", "root@example.com", True)
    assert User.objects.get_by_natural_key("ROOT@example.com") == root
    assert all(actor_of_user(root).may_everywhere(permission) for permission in Permission)


@pytest.mark.parametrize(
    "fields",
    [{"email": "Ada@example.com"}, {"kind": "robot"}, {"kind": "customer", "is_superuser": True}],
)
def test_database_refuses_impossible_logins(fields):
    row = {"kind": "staff", "email": "ada@example.com"} | fields

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(**row)


# --- keys and tokens ------------------------------------------------------------------------------


def test_keys_are_stored_as_digests_only():
    program, shop, device = make_api_key(VIEW), make_channel_key(), make_session_token()

    assert program.secret.startswith("ak_")
    assert shop.secret.startswith("ck_")
    assert device.secret.startswith("st_")
    for model, issued in ((ApiKey, program), (ChannelKey, shop), (SessionToken, device)):
        row = model.objects.values().get(pk=issued.row.pk)
        assert row["digest"] == digest(issued.secret)
        assert not any(issued.secret in str(value) for value in row.values())


@pytest.mark.parametrize(
    ("permissions", "scope"),
    [
        ([VIEW, REFUND], {"scope_kind": "location", "scope_ids": [LYON]}),
        ([VIEW], {"scope_kind": "location", "scope_ids": [LYON, NICE]}),
        ([VIEW], {}),
    ],
)
def test_create_api_key_beyond_own_rights_is_refused(permissions, scope):
    ada = staff_actor(MANAGE, VIEW, location_id=LYON)

    with pytest.raises(NotAllowed):
        access.create_api_key(name="x", permissions=permissions, actor=ada, **scope)

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "scope",
    [
        {"scope_kind": "location"},
        {"scope_kind": "planet", "scope_ids": [LYON]},
        {"scope_kind": "all", "scope_ids": [LYON]},
    ],
)
def test_create_api_key_refuses_half_a_scope(scope):
    with pytest.raises(InvalidScope):
        access.create_api_key(name="x", permissions=[VIEW], actor=SYSTEM, **scope)

    assert not ApiKey.objects.exists()


def test_create_key_refuses_a_place_that_is_not_there():
    with pytest.raises(UnknownPlace):
        access.create_api_key(
            name="x",
            permissions=[VIEW],
            scope_kind="location",
            scope_ids=[LYON, uuid7()],
            actor=SYSTEM,
        )
    with pytest.raises(UnknownPlace):
        access.create_channel_key(channel_id=LYON, name="x", actor=SYSTEM)

    assert not ApiKey.objects.exists()
    assert not ChannelKey.objects.exists()


def test_create_channel_key_needs_the_right_to_manage():
    with pytest.raises(NotAllowed):
        access.create_channel_key(channel_id=uuid7(), name="x", actor=ANONYMOUS)

    assert not ChannelKey.objects.exists()


def test_revoke_session_token_is_only_for_ones_own():
    mine, other = make_session_token(), make_session_token()

    with pytest.raises(NotFound):
        access.revoke_session_token(token_id=other.row.pk, user_id=mine.row.user_id)
    access.revoke_session_token(token_id=mine.row.pk, user_id=mine.row.user_id)
    access.revoke_session_token(token_id=mine.row.pk, user_id=mine.row.user_id)

    assert SessionToken.objects.get(pk=mine.row.pk).revoked_at is not None
    assert SessionToken.objects.get(pk=other.row.pk).revoked_at is None


def test_revoke_session_tokens_may_keep_one():
    user = make_user(kind="customer")
    kept, gone = make_session_token(user), make_session_token(user)

    count = access.revoke_session_tokens(user_id=user.pk, keep=kept.row.pk)

    assert count == 1
    assert SessionToken.objects.get(revoked_at=None).pk == kept.row.pk
    assert gone.row.pk != kept.row.pk


# --- the access log -------------------------------------------------------------------------------


def test_log_view_notes_who_looked_at_whom_and_why():
    ada, customer_id = staff_actor(VIEW), uuid7()

    access.log_view(actor=ada, kind="customer", subject_id=customer_id, reason="order 1001")

    row = AccessLog.objects.get()
    assert (row.principal, row.name) == (ada.principal, "Ada")
    assert (row.kind, row.subject_id, row.reason) == ("customer", str(customer_id), "order 1001")


def test_access_log_is_append_only():
    access.log_view(actor=SYSTEM, kind="customer", subject_id=uuid7())

    for change in (lambda: AccessLog.objects.update(kind="x"), AccessLog.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()

    assert AccessLog.objects.get().kind == "customer"
