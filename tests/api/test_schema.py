"""The schema as a document: valid without warnings, every field and every problem explained."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from omni.core.errors import DomainError
from omni.rest import problems

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def schema() -> Schema:
    """The schema as the product serves it, made with every warning an error."""
    told = io.StringIO()
    call_command(
        "spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=told
    )
    document: Schema = json.loads(told.getvalue())
    return document


def operations(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def undescribed(name: str, schema: Schema) -> Iterator[str]:
    for field, value in schema.get("properties", {}).items():
        if not value.get("description"):
            yield f"{name}.{field}"
        yield from undescribed(f"{name}.{field}", value)
    if "items" in schema:
        yield from undescribed(f"{name}[]", schema["items"])


def test_schema_is_openapi_3_1_without_warnings(schema: Schema) -> None:
    assert schema["openapi"].startswith("3.1")
    assert len(schema["paths"]) > 100


def test_every_field_has_a_description(schema: Schema) -> None:
    components = schema["components"]["schemas"]

    found = [each for name in components for each in undescribed(name, components[name])]
    found += [name for name, body in components.items() if not body.get("description")]

    assert found == []


def test_every_parameter_and_operation_has_a_description(schema: Schema) -> None:
    found = [name for name, operation in operations(schema) if not operation.get("description")]
    for name, operation in operations(schema):
        found += [
            f"{name} {parameter['name']}"
            for parameter in operation.get("parameters", ())
            if not parameter.get("description")
        ]

    assert found == []


def test_every_operation_says_who_may_and_how(schema: Schema) -> None:
    for name, operation in operations(schema):
        assert "security" in operation, name
        assert operation.get("x-permission"), name


def codes(schema: Schema) -> dict[str, set[int]]:
    """Every problem code that an operation documents, with its statuses."""
    found: dict[str, set[int]] = {}
    for _name, operation in operations(schema):
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get(problems.PROBLEM_JSON)
            if media is None:
                continue
            for code in media["schema"]["allOf"][1]["properties"]["code"]["enum"]:
                found.setdefault(code, set()).add(int(status))
    return found


def every_error(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for each in kind.__subclasses__():
        yield each
        yield from every_error(each)


def test_every_documented_problem_has_its_page(schema: Schema) -> None:
    client = Client()

    for code in codes(schema):
        answer = client.get(f"/problems/{code}")
        assert answer.status_code == 200, code
        assert code in answer.content.decode()


def test_every_documented_problem_is_one_that_is_raised(schema: Schema) -> None:
    known = {each.code: each.status for each in every_error()}
    known |= {code: kind.status for code, kind in problems.KINDS.items()}

    for code, statuses in codes(schema).items():
        assert statuses == {known[code]}, code
