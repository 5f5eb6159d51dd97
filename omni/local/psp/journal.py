"""The provider's durable journal: one SQLite file, and nothing that matters outside it.

Decided here: an effect, the events that tell of it, their first deliveries and the answer kept for
the idempotency key are one transaction with ``synchronous=FULL``. After ``kill -9`` a request
either happened wholly (and its key replays the answer) or not at all.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, reference TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL, capture_mode TEXT NOT NULL, card TEXT, return_url TEXT NOT NULL,
    status TEXT NOT NULL, failure_code TEXT,
    authorised INTEGER NOT NULL DEFAULT 0, captured INTEGER NOT NULL DEFAULT 0,
    refunded INTEGER NOT NULL DEFAULT 0, refund_pending INTEGER NOT NULL DEFAULT 0,
    idempotency_key TEXT NOT NULL UNIQUE, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    CHECK (captured <= authorised AND refunded + refund_pending <= captured));
CREATE INDEX IF NOT EXISTS payments_reference ON payments (reference);
CREATE TABLE IF NOT EXISTS captures (
    id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payments, reference TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0), idempotency_key TEXT UNIQUE,
    created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS voids (
    id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payments, reference TEXT,
    idempotency_key TEXT NOT NULL UNIQUE, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refunds (
    id TEXT PRIMARY KEY, payment_id TEXT NOT NULL REFERENCES payments, reference TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0), status TEXT NOT NULL, failure_code TEXT,
    settle_at REAL, outcome TEXT, idempotency_key TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL, updated_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_pending ON refunds (settle_at) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, operation TEXT NOT NULL, body_hash TEXT NOT NULL,
    http_status INTEGER NOT NULL, answer TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES payments, body TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL REFERENCES events (id),
    attempts INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT 'pending',
    due_at REAL NOT NULL, answered INTEGER, last_error TEXT, delivered_at REAL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE status = 'pending';
"""
TABLES = ("payments", "captures", "voids", "refunds", "idempotency_keys", "events", "deliveries")


class Journal:
    """One connection behind one lock: the threads of the server take turns.

    A single writer is what SQLite offers anyway, and it makes each request serialisable.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything written inside is durable together, or not written."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def execute(self, sql: str, *values: Any) -> int:
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, row: Row) -> None:
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())  # noqa: S608

    def one(self, sql: str, *values: Any) -> Row | None:
        with self._lock:
            row = self._connection.execute(sql, values).fetchone()
        return dict(row) if row is not None else None

    def all(self, sql: str, *values: Any) -> list[Row]:
        with self._lock:
            return [dict(row) for row in self._connection.execute(sql, values).fetchall()]

    def dump(self) -> dict[str, list[Row]]:
        """The whole journal as of one moment, for reconciliation."""
        with self._lock:
            return {table: self.all(f"SELECT * FROM {table} ORDER BY rowid") for table in TABLES}  # noqa: S608

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def now() -> float:
    return time.time()
