"""The schema as a document: valid without warnings, every field and every problem explained."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from omni.lab import authz
from omni.rest import problems
from omni.rest.checks import methods_of, routes
from tests.api.raises import every_error, raised_by

Schema = dict[str, Any]

# What an operation may raise, but not when this endpoint calls it.
NEVER_HERE = {
    ("POST /api/v1/interactions", "not_found"),  # a storefront names neither customer nor place
    ("POST /api/v1/staff/orders/{order_id}/refunds", "amount_not_positive"),  # refused as input
    ("POST /api/v1/staff/orders/{order_id}/cancel", "cancel_too_late"),  # customers alone are late
    ("POST /api/v1/staff/returns", "refund_over_own_limit"),  # becomes an approval that is asked
}
# What no request of the API meets: raised at the console, in the back office, by processes, or
# turned into another before it is told.
NOT_OF_THE_API = {
    "already_committed",
    "amount_exceeded",
    "amount_not_positive",
    "amount_not_understood",
    "assortment_not_valid",
    "audit_runs",
    "barcode_not_valid",
    "beyond_own_rights",
    "category_cycle",
    "channel_not_valid",
    "code_note_over",
    "code_taken",
    "conflict",
    "correction_reference_reused",
    "empty_order",
    "empty_team_note",
    "hours_not_valid",
    "invalid_form",
    "invalid_scope",
    "listing_not_valid",
    "location_not_valid",
    "message_not_repeatable",
    "more_goes_back",
    "no_identifier",
    "nobody_to_tell",
    "not_a_projection",
    "not_an_email",
    "not_committed",
    "not_paid_at_collection",
    "nothing_of_this_goes_back",
    "nothing_parked",
    "nothing_taken_instead",
    "nothing_to_undo",
    "password_not_right",
    "payment_not_voidable",
    "payment_reference_reused",
    "person_not_there",
    "pin_locked",
    "pin_not_set",
    "pin_too_simple",
    "product_not_valid",
    "proof_missing",
    "rate_not_valid",
    "rebuild_under_way",
    "refund_not_at_counter",
    "refund_over_own_limit",
    "same_person",
    "scanned_all_picked",
    "scanned_code_unknown",
    "scanned_not_in_this_work",
    "second_factor_required",
    "session_over",
    "slot_full",
    "taken_elsewhere",
    "too_many_requests",
    "too_many_views",
    "too_much_taken",
    "unknown_currency",
    "unknown_permission",
    "unknown_place",
    "unprocessable",
    "view_name_missing",
    "wrong_pin",
}


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


def told_of(operation: Schema) -> set[str]:
    """The codes of the problems that an operation documents."""
    return set(codes({"paths": {"": {"": operation}}}))


def test_every_problem_that_an_operation_raises_is_documented(schema: Schema) -> None:
    told = {name: told_of(operation) for name, operation in operations(schema)}
    missing, checked = set(), 0

    for route in routes():
        if route.endpoint is None:
            continue
        path = authz.PARAMETER.sub(lambda found: f"{{{found[2]}}}", route.path)
        for method in methods_of(route.endpoint):
            raised = {each.code for each in raised_by(route.endpoint, method)}
            checked += bool(raised)
            name = f"{method} {path}"
            missing |= {(name, code) for code in raised - told[name]}

    assert missing == NEVER_HERE
    assert checked > len(told) // 2


def test_every_error_of_the_product_is_documented_or_not_of_the_api(schema: Schema) -> None:
    every = {each.code for each in every_error()}

    assert every - set(codes(schema)) == NOT_OF_THE_API
