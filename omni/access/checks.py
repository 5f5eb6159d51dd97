"""Start-up check: no page of the back office without a declared permission."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from omni.access.admin_site import StaffAdminSite


def check_admin_pages(**_: Any) -> list[CheckMessage]:
    """Names the admin pages of ours that were left out because they are not a GuardedAdmin."""
    return [
        CheckWarning(f"{name} is no GuardedAdmin, so it is not shown", id="omni.W004")
        for name in StaffAdminSite.left_out
    ]
