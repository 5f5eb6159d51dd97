"""Channels by key, and whether one can sell now."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from inventory.channels.models import Channel, ChannelStatus
from omni.core.errors import Conflict, NotFound


class ChannelClosed(Conflict):
    code = "channel_closed"
    message = _("This channel is closed. Nothing can be bought here now; try again later.")


def get_channel(channel_id: UUID) -> Channel:
    """The channel. Raises: NotFound."""
    channel: Channel | None = Channel.objects.filter(pk=channel_id).first()
    if channel is None:
        raise NotFound
    return channel


def get_open_channel(channel_id: UUID) -> Channel:
    """The channel, for sale. Raises: NotFound, ChannelClosed."""
    channel = get_channel(channel_id)
    require_open(channel)
    return channel


def require_open(channel: Channel) -> None:
    """Raises: ChannelClosed."""
    if channel.status != ChannelStatus.OPEN:
        raise ChannelClosed(channel=channel.code)
