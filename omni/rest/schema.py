"""OpenAPI 3.1 of the endpoints: what they declare about themselves, and the problems they answer.

Answers are plain dicts, so the serializers named in ``extend_schema(responses=…)`` describe them;
problems, security, idempotency header and query parameters follow from the class itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.utils import OpenApiParameter

from omni.core.errors import Busy, DomainError, Invalid, NotAllowed, NotFound
from omni.rest.declarations import ACCOUNT, PUBLIC, STOREFRONT
from omni.rest.idempotency import (
    HEADER,
    IdempotencyInProgress,
    IdempotencyKeyMalformed,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)
from omni.rest.pagination import InvalidCursor
from omni.rest.problems import KINDS, PROBLEM_JSON
from omni.rest.serializers import Input
from omni.rest.views import Endpoint, is_paged

PROBLEM = "#/components/schemas/Problem"

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "channelKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Channel-Key",
        "description": "The storefront's key: it names the channel. Begins with `ck_`.",
    },
    "customerSession": {
        "type": "http",
        "scheme": "bearer",
        "description": "A customer's session, got at sign-in. Begins with `st_`.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's key with its own permissions. Begins with `ak_`.",
    },
    "staffSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": "omni_session",
        "description": "A signed-in member of staff; writes also send `X-CSRFToken`.",
    },
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable; texts follow the language.",
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Address of the page that explains the code.",
        },
        "title": {"type": "string", "description": "The kind of problem, in words."},
        "status": {"type": "integer", "description": "The HTTP status once more."},
        "detail": {"type": "string", "description": "This very problem, and what to do."},
        "code": {"type": "string", "description": "The kind of problem, for programs."},
        "request_id": {"type": "string", "description": "Finds the request in our log."},
        "errors": {
            "type": "array",
            "description": "What is wrong with which field of the input.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "Dotted path; empty for all."},
                    "code": {"type": "string", "description": "What is wrong, for programs."},
                    "message": {"type": "string", "description": "What is wrong, in words."},
                },
                "required": ["field", "code", "message"],
            },
        },
        "details": {
            "type": "object",
            "additionalProperties": True,
            "description": "Facts that help to act, by code.",
        },
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}

Problems = dict[int, set[str]]

_named: dict[str, type[Any]] = {}


class AutoSchema(SpectacularSchema):
    """Reads the declarations of an Endpoint."""

    def get_operation_id(self) -> str:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()
        name = name.removesuffix("_endpoint")
        handlers = [m for m in ("get", "post", "put", "patch", "delete") if hasattr(self.view, m)]
        return name if len(handlers) == 1 else f"{self.method.lower()}_{name}"

    def get_tags(self) -> list[str]:
        parts = self.path.removeprefix("/api/v1/").strip("/").split("/")
        return [": ".join(parts[:2]) if parts[0] == "staff" and len(parts) > 1 else parts[0]]

    def get_summary(self) -> str | None:
        return super().get_summary() or _first_line(self._documented())

    def get_description(self) -> str:  # type: ignore[override]
        text = _documented_text(self._documented())
        permission = self._permission()
        if permission and permission not in (PUBLIC, STOREFRONT, ACCOUNT):
            text += f"\n\nPermission: `{permission}`."
        return text.strip()

    def get_auth(self) -> list[dict[str, Any]]:
        permission = self._permission()
        if permission == PUBLIC:
            return [{}]
        if permission == STOREFRONT:
            return [{"channelKey": []}, {"channelKey": [], "customerSession": []}]
        if permission == ACCOUNT:
            return [{"channelKey": [], "customerSession": []}]
        return [{"apiKey": []}, {"staffSession": []}]

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """The class's name; where two folders use the same, the later one says its folder too."""
        name: str = super().get_serializer_name(serializer, direction)
        cls = type(serializer)
        if _named.setdefault(name, cls) is cls:
            return name
        return cls.__module__.split(".")[-2].capitalize() + name

    def _postprocess_serializer_schema(
        self, schema: dict[str, Any], serializer: Any, direction: Any
    ) -> dict[str, Any]:
        done: dict[str, Any] = super()._postprocess_serializer_schema(schema, serializer, direction)
        if isinstance(serializer, Input):
            done["additionalProperties"] = False
        return done

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = list(super().get_override_parameters())
        endpoint = self._endpoint()
        query = endpoint.declared_query(self.method) if endpoint is not None else None
        if query is not None:
            parameters.append(query)
        if self._once():
            parameters.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 16, "maxLength": 200, "format": "uuid"},
                    OpenApiParameter.HEADER,
                    required=True,
                    description="A fresh UUID per intention; a repeat gets the same answer.",
                )
            )
        return parameters

    def get_extensions(self) -> dict[str, Any]:
        permission = self._permission()
        return {"x-permission": str(permission)} if permission else {}

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if self._endpoint() is None:
            return bodies
        for status, codes in sorted(self._problems().items()):
            bodies.setdefault(str(status), _problem_response(status, codes))
        return bodies

    def _problems(self) -> Problems:
        found: Problems = defaultdict(set)
        endpoint = self._endpoint()
        errors: list[type[DomainError]] = [Invalid, Busy]
        kinds = ["authentication_failed", "not_acceptable", "throttled"]
        permission = self._permission()
        if permission != PUBLIC:
            kinds.append("not_authenticated")
            errors.append(NotAllowed)
        if permission not in (PUBLIC, STOREFRONT, ACCOUNT) and self.method != "GET":
            kinds.append("csrf_failed")
        if "{" in self.path:
            errors.append(NotFound)
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            kinds += ["parse_error", "body_too_large", "unsupported_media_type"]
        if endpoint is not None:
            errors += self._declared_errors()
            if is_paged(endpoint.declared_query(self.method)):
                errors.append(InvalidCursor)
        if self._once():
            errors += [IdempotencyKeyMissing, IdempotencyKeyMalformed, IdempotencyInProgress]
            errors.append(IdempotencyKeyReused)
        for error in errors:
            found[error.status].add(error.code)
        for kind in kinds:
            found[KINDS[kind].status].add(kind)
        return found

    def _declared_errors(self) -> Iterable[type[DomainError]]:
        endpoint = self._endpoint()
        declared = endpoint.errors if endpoint is not None else ()
        if isinstance(declared, Mapping):
            return list(declared.get(self.method, ()))
        return list(declared)

    def _endpoint(self) -> Endpoint | None:
        return self.view if isinstance(self.view, Endpoint) else None

    def _permission(self) -> str | None:
        endpoint = self._endpoint()
        return endpoint.declared_permission(self.method) if endpoint else None

    def _once(self) -> bool:
        endpoint = self._endpoint()
        return endpoint is not None and self.method in endpoint.idempotency

    def _documented(self) -> str:
        handler = getattr(self.view, self.method.lower(), None)
        return (getattr(handler, "__doc__", "") or type(self.view).__doc__ or "").strip()


def _documented_text(doc: str) -> str:
    return "\n".join(line.strip() for line in doc.splitlines())


def _first_line(doc: str) -> str:
    return doc.splitlines()[0].rstrip(".") if doc else ""


def _problem_response(status: int, codes: set[str]) -> dict[str, Any]:
    schema = {
        "allOf": [
            {"$ref": PROBLEM},
            {"type": "object", "properties": {"code": {"type": "string", "enum": sorted(codes)}}},
        ]
    }
    response: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_JSON: {"schema": schema}},
    }
    if status in (429, 503):
        response["headers"] = {
            "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}
        }
    return response


class MoneyFieldExtension(OpenApiSerializerFieldExtension):
    """Money wherever a MoneyField stands, in bodies and in answers."""

    target_class = "omni.rest.serializers.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        amount: dict[str, Any] = {"type": "integer", "description": "Minor units of the currency."}
        if direction == "request":
            amount["maximum"] = self.target.maximum
            lowest = self.target.minimum
            amount["minimum"] = -self.target.maximum if lowest is None else lowest
        return {
            "type": "object",
            "properties": {
                "amount": amount,
                "currency": {
                    "type": "string",
                    "pattern": "^[A-Z]{3}$",
                    "description": "ISO 4217, three letters.",
                },
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }


def _named_in_path(name: str) -> str:
    words = name.replace("_", " ")
    return f"Id of the {words.removesuffix(' id')}." if name.endswith("_id") else f"Its {words}."


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: the components that every operation refers to, and the words for what
    is the same everywhere: rows of a page, ids in a path."""
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter.setdefault("description", _named_in_path(parameter["name"]))
    for schema in result.get("components", {}).get("schemas", {}).values():
        results = schema.get("properties", {}).get("results")
        if results is not None:
            results.setdefault("description", "The rows of this page, in order.")
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["securitySchemes"] = SECURITY_SCHEMES
    return result
