"""Several questions to the database in one statement.

A page's frame wants a few counts and a few rows of tables that have nothing to do with each other.
Each is a queryset of ``values()``, written where its rules are; here they travel as one statement,
and their rows come back as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Aggregate, Field, QuerySet, Value
from django.db.models.sql import Query

Rows = list[dict[str, Any]]


def counted(rows: QuerySet[Any], **counts: Aggregate) -> QuerySet[Any, dict[str, Any]]:
    """What ``aggregate`` would ask, as a queryset of one row; none where there are no rows."""
    every = rows.order_by().annotate(every=Value(1)).values("every")
    return every.annotate(**counts).values(*counts)


def ask_together(questions: Mapping[str, QuerySet[Any, Any]]) -> dict[str, Rows]:
    """The rows of each question, by its name. One statement; none where nothing is to be asked."""
    found: dict[str, Rows] = {name: [] for name in questions}
    asked: dict[str, str] = {}
    terms: list[Any] = []
    for name, rows in questions.items():
        try:
            sql, values = rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        except EmptyResultSet:  # Django knows already that nothing fits
            continue
        asked[name] = f"(SELECT json_agg(t) FROM ({sql}) t)::text"  # noqa: S608  Django's own text
        terms += values
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked.values())}", terms)
            told = zip(asked, cursor.fetchone(), strict=True)
        found |= {name: _read(questions[name].query, text) for name, text in told}
    return found


def found_together(*questions: QuerySet[Any]) -> list[list[Any]]:
    """The rows of querysets of models, in one statement. What they would join or prefetch is not
    taken along."""
    named = {str(at): rows.values() for at, rows in enumerate(questions)}
    told = ask_together(named)
    return [
        [rows.model.from_db(rows.db, list(row), list(row.values())) for row in told[str(at)]]
        for at, rows in enumerate(questions)
    ]


def _read(query: Query, told: str | None) -> Rows:
    """The rows with values as a queryset gives them: ids, moments and the like are text in JSON."""
    kinds = _kinds(query)
    return [
        {name: kinds[name].to_python(value) for name, value in row.items()}
        for row in json.loads(told or "[]", parse_float=Decimal)
    ]


def _kinds(query: Query) -> dict[str, Field[Any, Any]]:
    selected = {name: each.output_field for name, each in query.annotation_select.items()}
    columns = [each.target for each in query.select]  # type: ignore[attr-defined]
    names = [name for name in query.values_select if name not in selected]
    return selected | dict(zip(names, columns, strict=True))
