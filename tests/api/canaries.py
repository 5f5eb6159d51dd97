"""Callers, whose rows are whose, and what an answer gives away.

Each row belongs to a party (``eve``, ``lyon``, ``web-a``…). Its texts carry the party's tag
(``zq-eve-qz``), its id is remembered as the party's. So an answer that holds a tag or an id of a
party that the caller must not see is a leak, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection, models
from django.test import Client

OUR_APPS = ("omni", "inventory", "customers", "orders", "journeys")
TAG = re.compile(r"zq-([a-z-]+?)-qz")
Ids = dict[str, Any]


def tag(party: str) -> str:
    """What the party's texts carry."""
    return f"zq-{party}-qz"


@dataclass
class Caller:
    """A principal with its way in, what it may see, and what it calls its own."""

    name: str
    client: Client
    headers: dict[str, str]
    sees: frozenset[str]
    own: Ids
    foreign: list[Ids] = field(default_factory=list)

    def copy(self) -> Caller:
        """The same caller with cookies of its own."""
        client = Client()
        for name, morsel in self.client.cookies.items():
            client.cookies[name] = morsel.value
        return replace(self, client=client)


@dataclass
class World:
    """Who calls, and whose each id is."""

    callers: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, Ids] = field(default_factory=dict)
    owner_of: dict[str, str] = field(default_factory=dict)
    _known: dict[type[models.Model], set[Any]] = field(default_factory=dict)
    _models: list[type[models.Model]] = field(default_factory=lambda: our_models())

    def copy(self) -> World:
        """The same world; what a test adds stays with the copy."""
        return replace(
            self,
            callers={name: caller.copy() for name, caller in self.callers.items()},
            ids={name: dict(ids) for name, ids in self.ids.items()},
            owner_of=dict(self.owner_of),
            _known={model: set(keys) for model, keys in self._known.items()},
        )

    @contextmanager
    def party(self, name: str) -> Iterator[None]:
        """Rows made within belong to this party."""
        self.keep_for(None)
        yield
        self.keep_for(name)

    def keep_for(self, name: str | None) -> None:
        """What was made since the last time is this party's; None: nobody's."""
        for model in self._models:
            keys = [str(column.column) for column in model._meta.pk_fields]
            texts = [str(f.column) for f in model._meta.concrete_fields if _is_telling(f)]
            known = self._known.setdefault(model, set())
            for row in _rows(model._meta.db_table):
                key = tuple(row[column] for column in keys)
                if key in known:
                    continue
                known.add(key)
                own = [key[0]] if len(key) == 1 and isinstance(key[0], UUID) else []
                for value in [*own, *(row.get(column) or "" for column in texts)]:
                    if name and len(str(value)) > 5:
                        self.owner_of.setdefault(str(value), name)


def our_models() -> list[type[models.Model]]:
    """Every table of ours."""
    tables = set(connection.introspection.table_names())
    every = [each for each in apps.get_models() if each._meta.app_label in OUR_APPS]
    return [each for each in every if each._meta.db_table in tables and not each._meta.proxy]


def _rows(table: str) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [column.name for column in cursor.description]
        yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _is_telling(column: models.Field[Any, Any]) -> bool:
    """A key of its own, or a text that occurs once: number, reference, SKU, code."""
    if column.is_relation or column.primary_key:
        return False
    return column.unique and isinstance(column, models.CharField | models.SlugField)


def random_of(kind: str, like: Any) -> Any:
    """A value of the same form that belongs to nobody."""
    if isinstance(like, UUID):
        return uuid4()
    if isinstance(like, int):
        return 9_000_000_000 + like
    if kind == "order_reason":
        return f"order:{uuid4()}"
    if kind.endswith("email"):
        return f"{uuid4().hex}@example.com"
    if kind == "order_number":
        return like[:-6] + "999999"
    return f"{uuid4().hex}"


def told_in(text: str, world: World, sees: frozenset[str], sent: Mapping[str, Any]) -> set[str]:
    """The canaries in a text whose parties the caller must not see; what was sent may come back."""
    echoed = {str(value) for value in sent.values()}
    plain = text
    for value in echoed:
        plain = plain.replace(value, "")
    found = {f"{party}'s tag" for party in TAG.findall(plain) if party not in sees}
    for value in set(re.findall(r"[\w-]{6,}", plain)) - echoed:
        owner = world.owner_of.get(value)
        if owner is not None and owner not in sees:
            found.add(f"{owner}'s {value}")
    return found
