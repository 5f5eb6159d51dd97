"""Bad requests as rows of a table, and a digest that notices whatever they leave behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection

from omni.core import clock
from omni.lab.authz import Ref, filled
from tests.api.walk import undone
from tests.api.world import Caller, World

# What a refused request may leave behind: that it was made, by whom, and the tries it used up.
LOGS = frozenset(
    {
        "omni_access_log",
        "omni_api_key",  # when it was used last
        "omni_idempotency_key",
        "omni_limit_counter",
        "omni_session",
        "omni_session_token",  # when it was used last
    }
)


@dataclass(frozen=True, slots=True)
class Bad:
    """A request that must be refused, and how.

    ``who`` is a caller of the world. Ids stand in the path as ``{order}`` (the caller's own) or
    ``{dan.order}`` (somebody's), in the body as ``Ref``. ``says`` must occur in the problem's
    ``detail``. ``field`` is ``name:code`` of one entry of ``errors``. ``before`` happens first.
    """

    what: str
    who: str
    request: str
    body: Any
    status: int
    code: str
    says: str
    field: str = ""
    before: Callable[[World], None] | None = None
    later: timedelta = timedelta(0)
    headers: Mapping[str, Any] | None = None


def own(kind: str) -> Ref:
    """The id of a row, in a body."""
    return Ref(kind)


def ids_for(world: World, caller: Caller) -> dict[str, Any]:
    """The caller's ids by kind, everybody's by ``party.kind``, and one that is nobody's."""
    every = {
        f"{name}.{kind}": value for name, ids in world.ids.items() for kind, value in ids.items()
    }
    return {**every, **caller.own, "random": uuid4()}


def send(world: World, row: Bad) -> Any:
    """The answer to the request of a row."""
    caller = world.callers[row.who]
    ids = ids_for(world, caller)
    method, _, path = row.request.partition(" ")
    address = re.sub(r"\{([\w.]+)\}", lambda found: str(ids[found[1]]), path)
    own_headers = filled(dict(row.headers or {}), ids)
    headers = caller.headers | {"Idempotency-Key": str(uuid4())} | own_headers
    body = filled(row.body, ids)
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    with clock.moved(by=row.later):
        return caller.client.generic(
            method,
            f"/api/v1/{address}",
            raw,
            content_type="application/json",
            headers={name: value for name, value in headers.items() if value},
        )


def check(world: World, row: Bad) -> None:
    """Send it; it is refused as the row says, and nothing changed."""
    with undone():
        if row.before is not None:
            row.before(world)
        before = digest_of_tables()

        answer = send(world, row)

        assert answer.status_code == row.status, answer.content.decode()
        problem = answer.json()
        assert (problem["code"], problem["status"]) == (row.code, row.status), problem
        assert answer["content-type"] == "application/problem+json"
        assert row.says in problem["detail"], problem["detail"]
        assert problem["title"]
        assert problem["request_id"]
        if row.field:
            wrong = [f"{each['field']}:{each['code']}" for each in problem["errors"]]
            assert row.field in wrong, problem["errors"]
            assert all(each["message"] for each in problem["errors"])
        assert changed_since(before) == []


def digest_of_tables() -> dict[str, str]:
    """Number of rows and checksum of the rows of every table but the logs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        )
        tables = [name for (name,) in cursor.fetchall() if name not in LOGS]
        cursor.execute(" UNION ALL ".join(map(_digest, tables)))
        return dict(cursor.fetchall())


def _digest(table: str) -> str:
    rows = "string_agg(md5(t::text), '' ORDER BY md5(t::text))"
    return f"SELECT '{table}', count(*) || ':' || md5(coalesce({rows}, '')) FROM \"{table}\" t"


def changed_since(before: Mapping[str, str]) -> list[str]:
    """The tables whose rows are others than before."""
    now = digest_of_tables()
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
