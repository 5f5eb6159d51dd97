from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from omni.core.ids import uuid7
from omni.events.event import Event, encode, event_type
from tests.omni.events.samples import ParcelLost, ParcelMoved


def test_payload_comes_back_as_it_was() -> None:
    event = ParcelMoved(
        parcel_id=uuid7(),
        number=3,
        customer_id=uuid7(),
        seen_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        weights=(1, 2),
        places={"shelf": uuid7()},
    )

    again = ParcelMoved.from_payload(event.to_payload())

    assert again == event


def test_from_payload_ignores_new_fields_and_takes_defaults_of_missing_ones() -> None:
    parcel = uuid7()

    event = ParcelMoved.from_payload({"parcel_id": str(parcel), "colour": "red"})

    assert event == ParcelMoved(parcel_id=parcel)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        Decimal("1"),
        datetime(2026, 1, 1),  # noqa: DTZ001
        object(),
        {1: 2},
        b"x",
        [1.5],
        {"a": {2}},
    ],
)
def test_encode_refuses_what_has_no_place_in_an_event(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


def test_event_type_knows_what_is_declared() -> None:
    assert event_type("parcel.lost") is ParcelLost
    assert event_type("parcel.unheard") is None


def test_event_type_cannot_be_declared_twice() -> None:
    with pytest.raises(TypeError, match=r"parcel\.moved"):

        class Other(Event):
            type = "parcel.moved"
            aggregatetype = "parcel"
            aggregate = "parcel_id"


def test_aggregateid_must_be_a_uuid() -> None:
    event = ParcelMoved(parcel_id="7")  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="parcel_id"):
        _ = event.aggregateid

    assert isinstance(ParcelMoved(parcel_id=uuid7()).aggregateid, UUID)
