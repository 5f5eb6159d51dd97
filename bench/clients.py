"""Load from eight processes, over HTTP or straight into the database, for a span of time.

Each process opens its connection first and waits for the others; what is counted are answers that
were right, and anything else ends the run.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

PROCESSES = 8
_context = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, and the status that is right."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


# A conversation yields calls and is sent each answer; it ends when its job is done once.
Conversation = Generator[Call, str, None]
HttpJob = Callable[[int], Iterator[Conversation]]
SqlJob = Callable[[psycopg.Connection[Any], int], Iterator[None]]


def http_rate(address: tuple[str, int], job: HttpJob, *, seconds: float) -> float:
    """Jobs a second over HTTP. ``job(number)`` gives the conversations of one process."""

    def work(number: int, go: Any, until: Any, done: Any) -> None:
        connection = http.client.HTTPConnection(*address, timeout=30)
        connection.connect()
        conversations = job(number)
        go.wait()
        count = 0
        while time.monotonic() < until.value:
            conversation = next(conversations, None)
            if conversation is None:
                break
            talk(connection, conversation)
            count += 1
        done[number] = count
        connection.close()

    return _measure(work, seconds)


def sql_rate(dsn: str, job: SqlJob, *, seconds: float) -> float:
    """Jobs a second straight in the database, with prepared statements."""

    def work(number: int, go: Any, until: Any, done: Any) -> None:
        with psycopg.connect(dsn, prepare_threshold=0) as connection:
            turns = job(connection, number)
            next(turns)  # prepares
            go.wait()
            count = 0
            while time.monotonic() < until.value:
                next(turns)
                count += 1
            done[number] = count

    return _measure(work, seconds)


def talk(connection: http.client.HTTPConnection, conversation: Conversation) -> str:
    """Have one conversation, every answer of which must be right; its last answer."""
    answer = ""
    while True:
        try:
            call = conversation.send(answer) if answer else next(conversation)
        except StopIteration:
            return answer
        body = None if call.body is None else json.dumps(call.body)
        headers = {"Content-Type": "application/json", **call.headers}
        connection.request(call.method, call.path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != call.status:
            raise RuntimeError(f"{call.method} {call.path}: {response.status} {text[:500]}")
        answer = text


def _measure(work: Callable[..., None], seconds: float) -> float:
    go = _context.Barrier(PROCESSES + 1)
    until = _context.Value("d", 0.0)
    done = _context.Array("q", PROCESSES)
    workers = [
        _context.Process(target=_guarded, args=(work, number, go, until, done))
        for number in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    until.value = time.monotonic() + seconds + 0.5
    go.wait(60)
    start = time.monotonic()
    until.value = start + seconds
    for worker in workers:
        worker.join(seconds + 60)
    took = time.monotonic() - start
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a client failed; its error stands above")
    return sum(done[:]) / took


def _guarded(work: Callable[..., None], *arguments: Any) -> None:
    try:
        work(*arguments)
    except Exception:  # noqa: BLE001  whatever it is, it is shown and ends the run
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Raw, ours and the ratio: the middle of each over all pairs."""
    raw = sorted(pair[0] for pair in pairs)
    ours = sorted(pair[1] for pair in pairs)
    ratios = sorted(pair[1] / pair[0] for pair in pairs)
    middle = len(pairs) // 2
    return raw[middle], ours[middle], ratios[middle]
