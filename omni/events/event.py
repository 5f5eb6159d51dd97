"""What an event is: a frozen dataclass of ids and facts, known by its type.

Payloads are additive: a reader ignores fields it does not know and takes the default of fields that
an older event lacks; a changed meaning is a new type. Floats and decimals are refused, for money
and quantities are integers, and so are objects of ours: an event outlives the code that wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Payload = dict[str, Any]

_registry: dict[str, type[Event]] = {}


class Event:
    """Base of the events in ``<app>/events.py``; they are ``@dataclass(frozen=True, slots=True)``.

    ``type`` is the public name (``order.placed``), ``aggregatetype`` what it happened to, and
    ``aggregate`` names the field that holds the id of that aggregate. A field ``customer_id`` says
    whom it concerns.
    """

    __slots__ = ()

    type: ClassVar[str]
    aggregatetype: ClassVar[str]
    aggregate: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type" not in cls.__dict__:
            return
        other = _registry.get(cls.type)
        # A dataclass with slots is made twice: the second replaces the first.
        if other and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"event type {cls.type!r} is declared by {other!r} and {cls!r}")
        _registry[cls.type] = cls

    @property
    def aggregateid(self) -> UUID:
        value = getattr(self, self.aggregate)
        if not isinstance(value, UUID):
            raise TypeError(f"{self.type}: {self.aggregate} must hold a UUID, not {value!r}")
        return value

    def to_payload(self) -> Payload:
        """The facts as JSON. Raises TypeError for what has no place in an event."""
        return {field.name: encode(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """The event again. Unknown keys are ignored, missing ones take their default."""
        values = {}
        for name, decode, has_default in _decoders(cls):  # type: ignore[arg-type]
            if name in payload:
                values[name] = decode(payload[name])
            elif not has_default:
                values[name] = None
        return cls(**values)


def event_type(name: str) -> type[Event] | None:
    """The class that declares this type, or None when it is gone or lives elsewhere."""
    return _registry.get(name)


def event_types() -> dict[str, type[Event]]:
    """Every declared type, by name."""
    return dict(sorted(_registry.items()))


def encode(value: Any) -> Any:
    """A fact as JSON."""
    if isinstance(value, Enum):
        return encode(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment in an event needs its time zone")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): encode(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no place in an event")


def _key(key: Any) -> str:
    if isinstance(key, str | UUID):
        return str(key)
    raise TypeError(f"a key of an event's dict is a string, not {key!r}")


@cache
def _decoders(cls: type[Event]) -> tuple[tuple[str, Callable[[Any], Any], bool], ...]:
    hints = get_type_hints(cls)
    return tuple(
        (
            field.name,
            _decoder(hints[field.name]),
            field.default is not MISSING or field.default_factory is not MISSING,
        )
        for field in fields(cls)  # type: ignore[arg-type]
    )


def _decoder(hint: Any) -> Callable[[Any], Any]:
    """From the annotation of a field to the function that reads its JSON."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _optional(arguments)
    if origin in (tuple, list):
        item = _decoder(arguments[0]) if arguments else _as_it_is
        return lambda value: origin(item(each) for each in value)
    if origin is dict:
        item = _decoder(arguments[1])
        return lambda value: {key: item(each) for key, each in value.items()}
    if hint is UUID:
        return UUID
    if hint in (datetime, date):
        return hint.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _as_it_is


def _optional(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    kinds = [argument for argument in arguments if argument is not NoneType]
    if len(kinds) != 1:
        return _as_it_is  # a union of plain JSON kinds needs no reading
    inner = _decoder(kinds[0])
    return lambda value: None if value is None else inner(value)


def _as_it_is(value: Any) -> Any:
    return value
