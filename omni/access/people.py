"""Who at a store may do something: the colleagues to ask for a second identity."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from omni.access.models import Grant, StaffPin, User, UserKind
from omni.access.pins import Colleague
from omni.core import clock


def who_may(permission: str, location_id: UUID) -> list[Colleague]:
    """Staff whose grants give the permission at the location now, by name. One query."""
    now = clock.now()
    grants = Grant.objects.filter(
        Q(scope_kind="all") | Q(scope_kind="location", scope_id=location_id),
        Q(valid_until=None) | Q(valid_until__gt=now),
        user=OuterRef("pk"),
        valid_from__lte=now,
        role__permissions__contains=[str(permission)],
    )
    rows = (
        User.objects.filter(Exists(grants), kind=UserKind.STAFF, is_active=True)
        .exclude(is_superuser=True)
        .annotate(has_pin=Exists(StaffPin.objects.filter(user=OuterRef("pk"))))
        .order_by("display_name", "pk")
    )
    return [Colleague(row.pk, str(row), row.has_pin) for row in rows]
