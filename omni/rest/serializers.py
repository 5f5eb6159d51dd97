"""Input: flat, typed, strict. Unknown fields, wrong JSON types and NUL bytes are refused.

A serializer here checks shape only. It is built once per class and then only asked to validate,
so that a request does not pay for copying its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from omni.core.errors import Invalid
from omni.core.money import Money, known_currency
from omni.rest.problems import flat_errors

MAX_BIGINT = 2**63 - 1


class _Json(NamedTuple):
    """What JSON may hold for a field, and how that is said; no types: anything."""

    types: tuple[type, ...]
    wanted: str | Promise = ""


# DRF alone would take "12" for a number and 1 for true.
_JSON: tuple[tuple[type[serializers.Field], _Json], ...] = (
    (serializers.BooleanField, _Json((bool,), _("Must be true or false."))),
    (serializers.IntegerField, _Json((int,), _("Must be an integer, without quotes."))),
    (serializers.FloatField, _Json((int, float), _("Must be a number, without quotes."))),
    (serializers.DecimalField, _Json((str, int), _("Must be an integer, or a string: a number."))),
    (serializers.CharField, _Json((str,), _("Must be a string."))),
    (serializers.ChoiceField, _Json((str,), _("Must be a string."))),
    (serializers.UUIDField, _Json((str,), _("Must be a string: a UUID."))),
    (serializers.DateTimeField, _Json((str,), _("Must be a string: a time as of RFC 3339."))),
    (serializers.DateField, _Json((str,), _("Must be a string: YYYY-MM-DD."))),
    (serializers.TimeField, _Json((str,), _("Must be a string: hh:mm."))),
    (serializers.ListField, _Json((list,), _("Must be a list."))),
    (serializers.ListSerializer, _Json((list,), _("Must be a list."))),
    (serializers.DictField, _Json((dict,), _("Must be an object."))),
    (serializers.BaseSerializer, _Json((dict,), _("Must be an object."))),
)
_ANY = _Json(())


class Input(serializers.Serializer[Any]):
    """Base of every request body and query string. ``Input.parse(data)`` gives checked values."""

    from_query: ClassVar[bool] = False

    default_error_messages = {
        "unknown_field": _("This field is not known."),
        "invalid": _("Must be an object."),
        "repeated": _("This parameter may be given once."),
    }

    @classmethod
    def parse(cls, data: Any) -> dict[str, Any]:
        """The checked values. Raises: Invalid (with ``errors``)."""
        try:
            values: dict[str, Any] = shared(cls).run_validation(data)
        except serializers.ValidationError as error:
            raise Invalid(errors=flat_errors(error.detail)) from error
        return values

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            errors = self._strangers(data)
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def _strangers(self, data: Mapping[str, Any]) -> dict[str, list[Any]]:
        errors: dict[str, list[Any]] = {}
        fields = self._writable
        for name, value in data.items():
            expected = fields.get(name)
            if expected is None:
                errors[name] = [_error("unknown_field", self.error_messages["unknown_field"])]
            elif expected.types and value is not None and type(value) not in expected.types:
                errors[name] = [_error("wrong_type", expected.wanted)]
        return errors

    @property
    def _writable(self) -> dict[str, _Json]:
        known: dict[str, _Json] | None = self.__dict__.get("_writable_types")
        if known is None:
            known = {
                name: _ANY if self.from_query else _json(field)
                for name, field in self.fields.items()
                if not field.read_only
            }
            self.__dict__["_writable_types"] = known
        return known


class Query(Input):
    """Base of what a query string may hold. A parameter that is not a list may be given once."""

    from_query = True

    @classmethod
    def read(cls, parameters: QueryDict) -> dict[str, Any]:
        """The checked parameters. Raises: Invalid (also for unknown ones)."""
        fields = shared(cls).fields
        data: dict[str, Any] = {}
        for name, values in parameters.lists():
            field = fields.get(name)
            if isinstance(field, serializers.ListField | serializers.MultipleChoiceField):
                data[name] = values
            elif len(values) > 1:
                raise refused(name, "repeated", cls.default_error_messages["repeated"])
            else:
                data[name] = values[0]
            if isinstance(field, serializers.BooleanField) and data[name] not in ("true", "false"):
                raise refused(name, "invalid", _json(field).wanted)
        return cls.parse(data)


class PageQuery(Query):
    """What every list takes: where to go on, and how many."""

    cursor = serializers.CharField(
        required=False, max_length=1000, help_text=_("`next` of the page before.")
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=200, default=50, help_text=_("Results per page.")
    )


class MoneyField(serializers.Field[Money, Any, dict[str, Any], Any]):
    """``{"amount": 1999, "currency": "EUR"}``: integer minor units, ISO 4217. Gives a Money."""

    default_error_messages = {
        "wrong_type": _('Money is {{"amount": integer minor units, "currency": ISO 4217}}.'),
        "unknown_currency": _("This is not an ISO 4217 currency code."),
        "too_small": _("This amount is too small."),
        "too_large": _("This amount is too large."),
    }

    def __init__(self, *, minimum: int | None = 0, maximum: int = 10**13, **kwargs: Any) -> None:
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, dict) or set(data) != {"amount", "currency"}:
            self.fail("wrong_type")
        amount, currency = data["amount"], data["currency"]
        if type(amount) is not int or not isinstance(currency, str):
            self.fail("wrong_type")
        if not known_currency(currency):
            self.fail("unknown_currency")
        lowest = -self.maximum if self.minimum is None else self.minimum
        if amount < lowest:
            self.fail("too_small")
        if amount > self.maximum:
            self.fail("too_large")
        return Money(amount, currency)

    def to_representation(self, value: Any) -> dict[str, Any]:
        return value.as_json() if isinstance(value, Money) else value


class QuantityField(serializers.IntegerField):
    """A count of a variant's unit: 1 to 1,000,000."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 1)
        kwargs.setdefault("max_value", 1_000_000)
        super().__init__(**kwargs)


class Output(serializers.Serializer[Any]):
    """Base of what documents an answer. Answers are plain dicts; these only describe them."""


def refused(field: str, code: str, message: Any) -> Invalid:
    """An Invalid that names one field."""
    return Invalid(errors=[{"field": field, "code": code, "message": str(message)}])


def shared(cls: type[Input]) -> Input:
    """The one serializer of its class in the language of this request."""
    return _built(cls, get_language())


@cache
def _built(cls: type[Input], _language: str | None) -> Input:
    serializer = cls()
    _settle_messages(serializer)
    return serializer


def _error(code: str, message: Any) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(str(message), code=code)


def _settle_messages(field: Any) -> None:
    """Format the messages of validators now: DRF does it at first use, not safe among threads.

    And let a choice say what there is to choose from.
    """
    for validator in getattr(field, "validators", ()):
        if hasattr(validator, "message"):
            validator.message = str(validator.message)
    if isinstance(field, serializers.ChoiceField):
        named = ", ".join(str(choice) for choice in field.choices if choice != "")
        field.error_messages["invalid_choice"] = str(_("Must be one of: %s.")) % named
    for inner in getattr(field, "fields", {}).values():
        _settle_messages(inner)
    if getattr(field, "child", None) is not None:
        _settle_messages(field.child)


def _json(field: serializers.Field[Any, Any, Any, Any]) -> _Json:
    for kind, expected in _JSON:
        if isinstance(field, kind):
            return expected
    return _ANY
