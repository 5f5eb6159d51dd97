"""ForeignKeys point down: import-linter cannot see them where they are strings."""

from __future__ import annotations

from django.apps import apps
from django.db.models import ForeignKey

from tests.architecture.house import APPS, floor


def upward_keys() -> list[str]:
    found = []
    for model in apps.get_models():
        is_history = "pgh_id" in {field.name for field in model._meta.local_fields}
        if model._meta.app_label not in APPS or is_history:
            continue
        for field in model._meta.local_fields:
            if not isinstance(field, ForeignKey):
                continue
            target = field.related_model
            if target._meta.app_label not in APPS:
                continue
            if floor(target.__module__) > floor(model.__module__):
                found.append(f"{model.__module__}.{model.__name__}.{field.name} -> {target}")
    return found


def test_foreign_keys_point_down() -> None:
    assert upward_keys() == []
