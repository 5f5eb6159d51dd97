"""Every moves table covers its enum, leads somewhere, and its column has a CHECK."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint

from tests.architecture.house import APPS


def moves_tables() -> list[tuple[str, dict[str, frozenset[str]]]]:
    found = []
    for app in APPS:
        for name in _model_modules(app):
            module = importlib.import_module(name)
            for attribute, value in vars(module).items():
                if attribute.endswith("_MOVES") and isinstance(value, dict):
                    found.append((f"{name}.{attribute}", value))
    return found


def _model_modules(app: str) -> list[str]:
    package = importlib.import_module(app)
    names = (module.name for module in pkgutil.walk_packages(package.__path__, f"{app}."))
    return [name for name in names if name.endswith(".models") and name.count(".") == 2]


@pytest.mark.parametrize("table", [pytest.param(t, id=n) for n, t in moves_tables()])
def test_moves_lead_only_to_states_that_the_table_knows(
    table: dict[str, frozenset[str]],
) -> None:
    reached = {state for targets in table.values() for state in targets}

    assert reached <= table.keys()
    assert all(state not in targets for state, targets in table.items())


@pytest.mark.parametrize("table", [pytest.param(t, id=n) for n, t in moves_tables()])
def test_moves_leave_no_state_that_cannot_be_reached(table: dict[str, frozenset[str]]) -> None:
    reached = {state for targets in table.values() for state in targets}
    starts = [state for state in table if state not in reached]

    seen, waiting = set(), [*starts, next(iter(table))]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting += table[state]
    assert seen == set(table)


def test_there_are_moves_tables() -> None:
    assert len(moves_tables()) >= 12


def status_columns() -> list[tuple[type[models.Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        if model._meta.app_label in APPS and "pgh_id" not in {f.name for f in model._meta.fields}
        for field in model._meta.local_fields
        if field.name == "status" or field.name.endswith("_status")
        if isinstance(field, models.CharField)
    ]


@pytest.mark.parametrize(
    ("model", "column"), [pytest.param(m, c, id=f"{m.__name__}.{c}") for m, c in status_columns()]
)
def test_status_columns_have_a_check_on_their_values(
    model: type[models.Model], column: str
) -> None:
    checks = [
        constraint.condition
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    ]

    allowed = [
        set(value)
        for condition in checks
        for name, value in _leaves(condition)
        if name == f"{column}__in"
    ]
    field = model._meta.get_field(column)
    assert {str(value) for value, _label in field.flatchoices} in [
        {str(each) for each in values} for values in allowed
    ]


def _leaves(condition: models.Q) -> list[tuple[str, list[str]]]:
    return [child for child in condition.children if isinstance(child, tuple)]
