"""What to call whoever stands in a ledger: names for principals, one query for a page."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from omni.access.models import ApiKey, User, UserKind


def names_of(principals: Iterable[str]) -> dict[str, str]:
    """Names of staff, programs and the system; customers are "the customer". At most two queries.

    Customers are not named here: who may see a name is asked where customers live.
    """
    wanted = {each for each in principals if each}
    ids = {kind: _ids(wanted, kind) for kind in ("staff", "key")}
    names = {each: _plain(each) for each in wanted}
    if ids["staff"]:
        for user in User.objects.filter(kind=UserKind.STAFF, pk__in=ids["staff"]):
            names[f"staff:{user.pk}"] = str(user)
    if ids["key"]:
        for pk, name in ApiKey.objects.filter(pk__in=ids["key"]).values_list("pk", "name"):
            names[f"key:{pk}"] = name
    return names


def _ids(principals: Iterable[str], kind: str) -> list[UUID]:
    found = []
    for each in principals:
        head, _colon, tail = each.partition(":")
        if head == kind and len(tail) == 36:
            found.append(UUID(tail))
    return found


def _plain(principal: str) -> str:
    kind = principal.partition(":")[0]
    return {
        "system": _("Automatic"),
        "customer": _("The customer"),
        "channel": _("A guest"),
        "staff": _("A colleague"),
        "key": _("A program"),
    }.get(kind, principal)
