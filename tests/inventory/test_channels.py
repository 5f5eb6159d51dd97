"""Channels: kept by operations, sold through only while open."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.apps import apps

from inventory.channels import operations as channels
from inventory.channels import queries
from inventory.channels.models import Channel
from omni.access.actor import SYSTEM
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from tests.factories.inventory import make_channel

pytestmark = pytest.mark.django_db


def new_channel(**over):
    values = {"code": "web", "name": "Web", "kind": "web", "currency": "EUR", "country": "FR"}
    return Channel(**values | over)


def test_save_channel_keeps_it_and_tells():
    channel = channels.save_channel(channel=new_channel(), actor=SYSTEM)

    assert Channel.objects.get().pk == channel.pk
    assert list(StoredEvent.objects.values_list("type", "aggregateid")) == [
        ("channel.changed", channel.pk)
    ]


@pytest.mark.parametrize(
    "wrong", [{"currency": "EURO"}, {"currency": "XQQ"}, {"country": "fr"}, {"country": "XX"}]
)
def test_save_channel_refuses_unknown_currencies_and_countries(wrong):
    with pytest.raises(channels.ChannelNotValid):
        channels.save_channel(channel=new_channel(**wrong), actor=SYSTEM)

    assert not Channel.objects.exists()


def test_save_channel_never_changes_the_currency():
    channel = make_channel()
    channel.currency = "USD"

    with pytest.raises(channels.ChannelNotValid):
        channels.save_channel(channel=channel, actor=SYSTEM)

    assert Channel.objects.get().currency == "EUR"


def test_close_channel_stops_sales_until_it_opens():
    channel = make_channel()

    channels.close_channel(channel=channel, actor=SYSTEM)

    with pytest.raises(channels.ChannelClosed):
        queries.get_open_channel(channel.pk)
    with pytest.raises(InvalidTransition):
        channels.close_channel(channel=channel, actor=SYSTEM)
    channels.open_channel(channel=channel, actor=SYSTEM)
    assert queries.get_open_channel(channel.pk) == channel


def test_get_channel_knows_no_strangers():
    with pytest.raises(NotFound):
        queries.get_channel(uuid4())


def test_history_of_a_channel_keeps_every_change():
    channel = make_channel(name="Before")

    Channel.objects.filter(pk=channel.pk).update(name="After")
    Channel.objects.filter(pk=channel.pk).delete()

    history = apps.get_model("inventory", "ChannelEvent")
    kept = history.objects.order_by("pgh_id").values_list("pgh_label", "name")
    assert list(kept) == [("insert", "Before"), ("update", "After"), ("delete", "After")]
