"""A screen on which a second person may stand in: by PIN here, or from elsewhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omni.access import pins
from omni.access.people import who_may
from omni.access.permissions import Permission
from omni.access.pins import Colleague
from omni.access.sessions import device_of
from omni.screens.views import Screen
from omni.work import operations as work
from omni.work.models import Approval, ApprovalStatus

NEEDED = ("approval_asked", "approval_needed")


class SecondPerson(Screen):
    """What an operation refuses beyond a limit is granted by a colleague at this device."""

    def asked_for(self, subject_id: Any, approval_id: UUID | None) -> Approval | None:
        """The approval that this person asked for about the subject, and did not use yet."""
        wanted: Any = approval_id
        if self.problem is not None and self.problem.code in NEEDED:
            wanted = self.problem.details.get("approval_id") or wanted
        if not wanted:
            return None
        rows = Approval.objects.filter(
            pk=wanted, asked_by=self.actor.principal, subject_id=str(subject_id), used_at=None
        )
        found: Approval | None = rows.first()
        return found

    def deciders(self, approval: Approval | None) -> list[Colleague]:
        """Who at this store may grant it, besides the asker."""
        if approval is None or approval.status != ApprovalStatus.ASKED:
            return []
        people = who_may(Permission.WORK_DECIDE, self.place.location_id)
        return [each for each in people if each.user_id != self.actor.user_id]

    def granted(self, approval_id: UUID | None) -> UUID | None:
        """The approval to use; a colleague who typed their PIN grants it first. In a process.

        Raises: what a wrong PIN and a decision that is not theirs raise.
        """
        given = self.request.POST
        second = _uuid(given.get("second"))
        if approval_id is None or second is None or self.chosen is None:
            return approval_id
        device = device_of(self.request, location_id=self.place.location_id)
        decider = pins.prove_second(
            device=device, user_id=second, pin=given.get("pin", ""), actor=self.actor
        )
        work.decide_approval(approval_id=approval_id, granted=True, actor=decider)
        return approval_id


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
