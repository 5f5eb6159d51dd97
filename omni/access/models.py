"""People, programs and storefronts that may sign in, what they may do, and who looked at whom.

Scopes are known here only as (kind, uuid): the apps above say which location or channel that is.
Secrets are stored as SHA-256 digests; the first characters (``prefix``) tell keys apart in lists.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from omni.core.ids import uuid7
from omni.core.models import Aggregate, LockingQuerySet


class UserKind(models.TextChoices):
    STAFF = "staff", _("staff")
    CUSTOMER = "customer", _("customer")


class ScopeKind(models.TextChoices):
    ALL = "all", _("everywhere")
    LOCATION = "location", _("one location")
    CHANNEL = "channel", _("one channel")


def _within(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    condition = Q(**{f"{field}__in": list(choices.values)})
    return models.CheckConstraint(condition=condition, name=name)


class UserQuerySet(LockingQuerySet["User"]):
    def with_email(self, kind: str, email: str) -> Self:
        """The login of this kind that has this e-mail address, if any."""
        return self.filter(kind=kind, email=email.strip().lower())


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes rows for Django's own commands; the product uses ``access.operations``."""

    def create_user(
        self, email: str, password: str | None = None, *, kind: str = UserKind.STAFF, **fields: Any
    ) -> User:
        user: User = self.model(kind=kind, email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        user: User = self.get(kind=UserKind.STAFF, email=(email or "").strip().lower())
        return user


class User(AbstractBaseUser):
    """One login: a member of staff or a customer. A person may have one of each kind.

    Written by ``access.operations`` and ``customers/accounts``. E-mail is kept in lower case and
    unique per kind. Raising ``auth_epoch`` ends every session and token of the login at once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=UserKind.choices)
    email = models.EmailField(_("e-mail"), max_length=254)
    display_name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(_("may do everything"), default=False)
    auth_epoch = models.IntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=models.functions.Now())

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        db_table = "omni_user"
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        constraints = [
            models.UniqueConstraint(fields=["kind", "email"], name="omni_user_email_per_kind"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="omni_user_email_lower"),
            _within("kind", UserKind, "omni_user_kind"),
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(kind=UserKind.STAFF),
                name="omni_user_superuser_is_staff",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def is_staff(self) -> bool:
        return bool(self.kind == UserKind.STAFF)

    def get_full_name(self) -> str:
        return self.display_name or self.email

    def get_session_auth_hash(self) -> str:
        """What a session must still agree with: password and ``auth_epoch``."""
        return self._epoch_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        for secret in _fallback_secrets():
            yield self._epoch_hash(secret)

    def _epoch_hash(self, secret: str | None = None) -> str:
        value = f"{self.password}:{self.auth_epoch}"
        salt = "omni.access.models.User.session"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    # Django's admin asks these. Its model permissions are not used; see ``access.admin_site``.

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_staff and self.is_superuser

    def has_perms(self, perms: Any, obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


def _fallback_secrets() -> list[str]:
    return list(settings.SECRET_KEY_FALLBACKS)


class Role(Aggregate):
    """A named set of permissions, given to people by grants.

    Written by ``access.operations``; nobody puts into a role what they do not have everywhere.
    """

    code = models.SlugField(_("code"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    permissions = ArrayField(
        models.CharField(max_length=60), verbose_name=_("permissions"), default=list
    )

    class Meta:
        db_table = "omni_role"
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return self.name


class Grant(Aggregate):
    """A role given to one member of staff for everything, one location or one channel.

    Written by ``access.operations``. Holds from ``valid_from`` until before ``valid_until``; a
    limit that is null does not limit. Refunds in minor units, discounts in basis points.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("login"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants", verbose_name=_("role"))
    scope_kind = models.CharField(_("where"), max_length=10, choices=ScopeKind.choices)
    scope_id = models.UUIDField(_("location or channel"), null=True, blank=True)
    refund_limit_minor = models.BigIntegerField(_("refund limit"), null=True, blank=True)
    discount_limit_bps = models.IntegerField(_("discount limit (bps)"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        db_table = "omni_grant"
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            _within("scope_kind", ScopeKind, "omni_grant_scope_kind"),
            models.CheckConstraint(
                condition=Q(scope_kind=ScopeKind.ALL, scope_id__isnull=True)
                | (~Q(scope_kind=ScopeKind.ALL) & Q(scope_id__isnull=False)),
                name="omni_grant_scope_id",
            ),
            models.CheckConstraint(
                condition=Q(refund_limit_minor__isnull=True) | Q(refund_limit_minor__gte=0),
                name="omni_grant_refund_limit",
            ),
            models.CheckConstraint(
                condition=Q(discount_limit_bps__isnull=True)
                | Q(discount_limit_bps__gte=0, discount_limit_bps__lte=10_000),
                name="omni_grant_discount_limit",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="omni_grant_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} / {self.user}"


class ApiKey(Aggregate):
    """A program of the merchant or a partner, with its own permissions and scope.

    Written by ``access.operations``. The secret is shown once. ``last_used_at`` is right to five
    minutes.
    """

    prefix = models.CharField(_("begins with"), max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    permissions = ArrayField(models.CharField(max_length=60), verbose_name=_("permissions"))
    scope_kind = models.CharField(_("where"), max_length=10, choices=ScopeKind.choices)
    scope_ids = ArrayField(models.UUIDField(), verbose_name=_("where exactly"), default=list)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        db_table = "omni_api_key"
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [_within("scope_kind", ScopeKind, "omni_api_key_scope_kind")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ChannelKey(Aggregate):
    """A storefront of one channel. The key names the channel; it is not a person's credential.

    Written by ``access.operations``. The secret is shown once.
    """

    prefix = models.CharField(_("begins with"), max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    channel_id = models.UUIDField(_("channel"))
    created_at = models.DateTimeField(_("created"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        db_table = "omni_channel_key"
        verbose_name = _("channel key")
        verbose_name_plural = _("channel keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SessionToken(Aggregate):
    """One signed-in device of a customer, at one channel.

    Written by ``access.operations``. Holds while not expired, not revoked, and its ``auth_epoch``
    equals the login's. ``last_seen_at`` is right to five minutes.
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="session_tokens")
    customer_id = models.UUIDField(null=True)
    channel_id = models.UUIDField(null=True)
    device = models.CharField(max_length=200, blank=True)
    auth_epoch = models.IntegerField()
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "omni_session_token"
        indexes = [models.Index(fields=["expires_at"], name="omni_session_token_expires")]

    def __str__(self) -> str:
        return f"{self.device or self.pk}"


class StaffPin(models.Model):
    """The PIN of a member of staff, for changing persons at a shared device. At most one each.

    Written by ``access.pins``. ``secret`` is a slow hash of a keyed digest, so that a copy of the
    database does not give four digits away. It never signs in by itself: only within a session that
    a password opened.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="pin")
    secret = models.CharField(max_length=200)
    set_at = models.DateTimeField(_("set"))

    class Meta:
        db_table = "omni_staff_pin"

    def __str__(self) -> str:
        return str(self.user_id)


class PinTries(models.Model):
    """Wrong PINs of one person at one signed-in device; without a device, at all together.

    Written by ``access.pins``: one guarded statement counts a try before the PIN is looked at. A
    right one gives back what its device spent, a password all; after ``resets_at`` it counts anew.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    device_id = models.UUIDField(null=True)
    spent = models.IntegerField()
    resets_at = models.DateTimeField()

    class Meta:
        db_table = "omni_pin_tries"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "device_id"], name="omni_pin_tries_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(spent__gte=0)
                & (Q(device_id__isnull=True, spent__lte=20) | Q(spent__lte=5)),
                name="omni_pin_tries_limited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.spent}"


class AccessLog(models.Model):
    """One look at a customer (or other protected thing): who, at what, why. Append-only.

    Written by ``access.operations.log_view``; a trigger refuses UPDATE and DELETE.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("at"), db_default=models.functions.Now())
    principal = models.CharField(_("who"), max_length=150)
    name = models.CharField(_("name"), max_length=150, blank=True)
    kind = models.CharField(_("what"), max_length=40)
    subject_id = models.CharField(_("which"), max_length=64)
    reason = models.CharField(_("why"), max_length=200, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        db_table = "omni_access_log"
        verbose_name = _("logged view")
        verbose_name_plural = _("access log")
        indexes = [
            models.Index(fields=["kind", "subject_id", "-id"], name="omni_access_log_subject"),
            models.Index(fields=["principal", "-id"], name="omni_access_log_principal"),
        ]

    def __str__(self) -> str:
        return f"{self.principal} {self.kind} {self.subject_id}"
