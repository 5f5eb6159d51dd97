"""Making, changing, opening and closing channels."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from inventory.channels.models import CHANNEL_MOVES, Channel, ChannelStatus
from inventory.channels.queries import ChannelClosed, require_open
from inventory.events import ChannelChanged
from omni.access.actor import Actor
from omni.core.countries import known_country
from omni.core.errors import Invalid
from omni.core.money import known_currency
from omni.core.states import move
from omni.events import operations as events

__all__ = [
    "ChannelClosed",
    "ChannelNotValid",
    "close_channel",
    "open_channel",
    "require_open",
    "save_channel",
]


class ChannelNotValid(Invalid):
    code = "channel_not_valid"
    message = _("The channel cannot be kept like this. Correct what is named.")


@transaction.atomic
def save_channel(*, channel: Channel, actor: Actor) -> Channel:
    """Keep a new or changed channel. Its currency never changes: its prices are in it.

    Raises: ChannelNotValid. Emits: channel.changed.
    """
    _check(channel)
    channel.save()
    events.record(ChannelChanged(channel.pk, channel.status), actor=actor)
    return channel


@transaction.atomic
def open_channel(*, channel: Channel, actor: Actor) -> Channel:
    """Let customers buy here. Raises: InvalidTransition. Locks: channel. Emits: channel.changed."""
    return _move(channel, ChannelStatus.OPEN, actor)


@transaction.atomic
def close_channel(*, channel: Channel, actor: Actor) -> Channel:
    """Stop sales; orders placed go on. Raises: InvalidTransition. Locks: channel.

    Emits: channel.changed.
    """
    return _move(channel, ChannelStatus.CLOSED, actor)


def _move(channel: Channel, to: str, actor: Actor) -> Channel:
    row: Channel = Channel.objects.locked().get(pk=channel.pk)
    move(row, to, moves=CHANNEL_MOVES)
    events.record(ChannelChanged(row.pk, row.status), actor=actor)
    return row


def _check(channel: Channel) -> None:
    wrong = []
    if not known_currency(channel.currency):
        wrong.append("currency")
    if not known_country(channel.country):
        wrong.append("country")
    before = Channel.objects.filter(pk=channel.pk).values_list("currency", flat=True).first()
    if before is not None and before != channel.currency:
        wrong.append("currency")
    if wrong:
        raise ChannelNotValid(fields=wrong)
