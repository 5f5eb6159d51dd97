"""In which stage of their life as a customer somebody is. Pure, from what they bought alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

AWAY = timedelta(days=180)
LOST = timedelta(days=365)


class Stage(TextChoices):
    """The lifecycle, in its order."""

    ACQUISITION = "acquisition", _("Acquisition")
    TRIAL = "trial", _("Trial")
    LOYALTY = "loyalty", _("Loyalty")
    RETENTION = "retention", _("Retention")
    RECOVERY = "recovery", _("Recovery")


def stage_of(*, orders: int, last_at: datetime | None, now: datetime) -> Stage:
    """No order yet: acquisition; one: trial; more: loyalty. After half a year without one they are
    to be retained, after a year to be won back."""
    if not orders or last_at is None:
        return Stage.ACQUISITION
    if now - last_at >= LOST:
        return Stage.RECOVERY
    if now - last_at >= AWAY:
        return Stage.RETENTION
    return Stage.TRIAL if orders == 1 else Stage.LOYALTY
