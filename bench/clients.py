"""Load from eight processes, over HTTP or straight into the database, for a span of time.

Each process opens its connection first and waits for the others; what is counted are answers that
were right, and anything else ends the run. The clients share the machine with the product, so they
do no more than it takes: each request leaves in one piece, and of an answer only status and length
are read.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
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


class Client:
    """A connection to the product that stays open, one request at a time."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"{address[0]}:{address[1]}"

    def ask(self, call: Call) -> str:
        """The body of the answer. Raises: RuntimeError where it is not the right one."""
        body = b"" if call.body is None else json.dumps(call.body).encode()
        head = [f"{call.method} {call.path} HTTP/1.1", f"Host: {self._host}"]
        head += [f"{name}: {value}" for name, value in call.headers.items()]
        if body:
            head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        self._socket.sendall("\r\n".join([*head, "", ""]).encode() + body)
        status, text = self._answer()
        if status != call.status:
            raise RuntimeError(f"{call.method} {call.path}: {status} {text[:500]}")
        return text

    def close(self) -> None:
        self._socket.close()

    def _answer(self) -> tuple[int, str]:
        received = self._received()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._received()
        head, body = received[:end].lower(), received[end + 4 :]
        length = int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._received()
        return int(head[9:12]), body.decode()

    def _received(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise RuntimeError("the product closed the connection")
        return data


# A conversation yields calls and is sent each answer; it ends when its job is done once.
Conversation = Generator[Call, str, None]
HttpJob = Callable[[int], Iterator[Conversation]]
SqlJob = Callable[[psycopg.Connection[Any], int], Iterator[None]]


def http_rate(address: tuple[str, int], job: HttpJob, *, seconds: float) -> float:
    """Jobs a second over HTTP. ``job(number)`` gives the conversations of one process."""

    def work(number: int, go: Any, until: Any, done: Any) -> None:
        client = Client(address)
        conversations = job(number)
        go.wait()
        count = 0
        while time.monotonic() < until.value:
            conversation = next(conversations, None)
            if conversation is None:
                break
            talk(client, conversation)
            count += 1
        done[number] = count
        client.close()

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


def talk(client: Client, conversation: Conversation) -> str:
    """Have one conversation, every answer of which must be right; its last answer."""
    answer = ""
    while True:
        try:
            call = conversation.send(answer) if answer else next(conversation)
        except StopIteration:
            return answer
        answer = client.ask(call)


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
