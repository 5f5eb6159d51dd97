"""Where the provider's page may send the customer back to: the channel's own storefront.

An address of somebody else would make our payment page a link to wherever they like. A channel that
names no storefront takes any https address; a program under development on this machine is let in
as long as the installation is a demo.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel
from omni.core.errors import Invalid

THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})
PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


class ReturnUrlNotAllowed(Invalid):
    """``details``: the channel's ``storefront``, if it names one."""

    code = "return_url_not_allowed"
    message = _("This channel does not send customers there. Use an address of its storefront.")


def check_way_back(*, url: str, channel_id: UUID) -> None:
    """The address belongs to the channel. Raises: ReturnUrlNotAllowed."""
    named = Channel.objects.filter(pk=channel_id).values_list("storefront_url", flat=True).first()
    if not is_allowed(url, storefront=named or ""):
        raise ReturnUrlNotAllowed(storefront=named or None)


def is_allowed(url: str, *, storefront: str) -> bool:
    """Whether a customer may be sent to this address from a channel with this storefront."""
    origin = _origin(url)
    if origin is None:
        return False
    if settings.DEMO and origin[1] in THIS_MACHINE:
        return True
    return origin == _origin(storefront) if storefront else origin[0] == "https"


def _origin(url: str) -> Origin | None:
    """Scheme, host and port; None where the address is none or hides who is meant."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc or "\\" in url:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port or PORTS[parts.scheme]
