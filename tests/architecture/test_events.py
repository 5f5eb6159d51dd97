"""Every event that concerns a customer can be told in plain words."""

from __future__ import annotations

from dataclasses import fields

from journeys.timeline.kinds import CAPTURE_KINDS
from omni.events.event import event_types
from omni.events.phrases import has_phrase, say


def test_every_event_of_a_customer_has_a_phrase() -> None:
    silent = [
        name
        for name, cls in event_types().items()
        if "customer_id" in {field.name for field in fields(cls)}
        and cls.__module__.split(".")[0] in ("customers", "orders", "inventory", "journeys")
        and not has_phrase(name)
    ]

    assert silent == []


def test_every_kind_of_capture_has_a_phrase() -> None:
    assert [kind for kind in CAPTURE_KINDS if not has_phrase(kind)] == []


def test_phrases_can_be_said_of_an_event_without_facts() -> None:
    for name in [*event_types(), *CAPTURE_KINDS]:
        assert say(name, {})
