"""The places of this app that grants and keys may name."""

from __future__ import annotations

from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.access.models import ScopeKind
from omni.access.places import register

register(ScopeKind.CHANNEL, Channel)
register(ScopeKind.LOCATION, Location)
