"""What people keep of their pages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.access.models import User
from omni.core.models import Aggregate


class SavedView(Aggregate):
    """Filters of a list that a person keeps under a name, for themselves or for all who see it.

    ``page`` is the name of the list's address, ``query`` its filters as in the address. It holds
    choices, no data: whoever opens it sees what their own grants allow. Written by
    ``screens.saved_views``.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(_("page"), max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=1000, blank=True)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        db_table = "omni_saved_view"
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_once"),
        ]
        indexes = [models.Index(fields=["page", "is_shared"], name="saved_view_of_page")]

    def __str__(self) -> str:
        return self.name
