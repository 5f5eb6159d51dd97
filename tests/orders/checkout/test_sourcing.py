"""Where shipped goods come from: one place if one has all, else as few as can be."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.routing.sourcing import FEWEST, ONE_PLACE, Demand, Part, source


def key(number: int) -> UUID:
    return UUID(int=number)


A, B, C, D, E = (key(n) for n in range(1, 6))  # locations, in order of priority
X, Y = key(100), key(101)  # variants
LINE, OTHER = key(200), key(201)


@pytest.mark.parametrize(
    ("stock", "parts"),
    [
        ({(X, A): 3}, [(A, 3)]),
        ({(X, A): 2, (X, B): 3, (X, C): 9}, [(B, 3)]),
        ({(X, A): 2, (X, B): 2}, [(A, 2), (B, 1)]),
        ({(X, A): 1, (X, B): 1, (X, C): 1, (X, D): 2}, [(A, 1), (D, 2)]),
        ({(X, A): 1, (X, B): 1, (X, C): 1}, [(A, 1), (B, 1), (C, 1)]),
    ],
)
def test_source_splits_as_little_as_possible(stock, parts):
    found = source(demands=[Demand(LINE, X, 3)], locations=[A, B, C, D], stock=stock)

    assert [(part.location_id, part.quantity) for part in found.parts] == parts
    assert found.shortages == ()
    assert {part.reason for part in found.parts} == {ONE_PLACE if len(parts) == 1 else FEWEST}


def test_source_sends_everything_from_the_first_place_that_has_it():
    demands = [Demand(LINE, X, 1), Demand(OTHER, Y, 1)]

    found = source(
        demands=demands,
        locations=[A, B, C],
        stock={(X, A): 5, (X, B): 1, (Y, B): 1, (X, C): 9, (Y, C): 9},
    )

    assert {part.location_id for part in found.parts} == {B}


def test_source_keeps_lines_whole_where_places_must_be_two():
    demands = [Demand(LINE, X, 2), Demand(OTHER, Y, 2)]

    found = source(
        demands=demands, locations=[A, B], stock={(X, A): 1, (Y, A): 2, (X, B): 2, (Y, B): 1}
    )

    assert set(found.parts) == {Part(LINE, B, 2, FEWEST), Part(OTHER, A, 2, FEWEST)}


def test_source_names_what_all_places_lack():
    found = source(
        demands=[Demand(LINE, X, 2), Demand(OTHER, X, 2)],
        locations=[A, B],
        stock={(X, A): 2, (X, B): 1, (X, C): 9},
    )

    assert found.parts == ()
    assert [(s.variant_id, s.requested, s.available) for s in found.shortages] == [(X, 4, 3)]


def test_source_sends_what_is_not_counted_along():
    found = source(
        demands=[Demand(LINE, X, 1), Demand(OTHER, Y, 1, is_stocked=False)],
        locations=[A, B],
        stock={(X, B): 1},
    )

    assert {part.location_id for part in found.parts} == {B}


def test_source_finds_a_way_beyond_the_sets_it_searches():
    stock = {(X, place): 1 for place in (A, B, C, D, E)}

    found = source(demands=[Demand(LINE, X, 5)], locations=[A, B, C, D, E], stock=stock)

    assert sum(part.quantity for part in found.parts) == 5


PLACES = [A, B, C, D, E]
STOCK = st.dictionaries(
    st.tuples(st.sampled_from([X, Y]), st.sampled_from(PLACES)), st.integers(0, 6)
)
DEMANDS = st.lists(st.tuples(st.sampled_from([X, Y]), st.integers(1, 6)), min_size=1, max_size=4)


@given(STOCK, DEMANDS)
def test_source_never_takes_more_than_there_is_nor_less_than_asked(stock, wanted):
    demands = [Demand(key(300 + n), variant, units) for n, (variant, units) in enumerate(wanted)]

    found = source(demands=demands, locations=PLACES, stock=stock)

    if found.shortages:
        assert found.parts == ()
        return
    variants = {demand.key: demand.variant_id for demand in demands}
    taken: dict[tuple[UUID, UUID], int] = {}
    for part in found.parts:
        place = (variants[part.key], part.location_id)
        taken[place] = taken.get(place, 0) + part.quantity
    assert all(units <= stock.get(place, 0) for place, units in taken.items())
    for demand in demands:
        assert demand.quantity == sum(p.quantity for p in found.parts if p.key == demand.key)
