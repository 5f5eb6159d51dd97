"""Fills the full demo, chapter by chapter: customers, today's pickups, three months, this hour.

One short transaction after another, while people use the product. Each chapter remembers how many
of its steps are done, so a filling that was stopped or killed goes on there, and one that is
finished changes nothing. What an operation refuses (sold out, cancelled meanwhile) is left out.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic, sleep

from django.db import OperationalError, connection, transaction

from omni.core.errors import DomainError
from omni.demo.merchant import (
    acts,
    chapters,
    counter,
    crowd,
    day_end,
    desk,
    hour,
    plan,
    queue,
    sites,
    touches,
)
from omni.demo.merchant.people import Colleague
from omni.demo.merchant.places import OPEN_SINCE
from omni.demo.merchant.plan import Range, Step
from omni.demo.merchant.stage import Stage, at

PEOPLE_EACH = 40
FIRST_PEOPLE = 200
LEAST_PEOPLE = 30
TRIES = 3
TELL_SECONDS = 5
RARELY = (20_000, 20, 50)

Act = Callable[[Stage, Step], None]
# One transaction each, with the mark of how far the chapter is.
PLAIN: dict[str, Act] = {
    "accept": acts.accept,
    "pick": acts.pick,
    "ready": acts.ready,
    "send": acts.send,
    "attempt": acts.attempt,
    "deliver": acts.deliver,
    "extend": acts.extend,
    "delegate": acts.delegate,
    "arrive": acts.arrive,
    "no_show": acts.no_show,
    "fill_cart": acts.fill_cart,
    "open": counter.open_shift,
    "close": counter.close_shift,
    "close_day": day_end.close_day,
    "sell": counter.sell,
    "restock": counter.restock,
    "errand": desk.errand,
    "mishap": desk.mishap,
    "look_into": desk.look_into,
    "browse": touches.browse,
    "note": touches.note,
    "chat": touches.chat,
}
# They ask a provider, or commit a proof: transactions of their own, each repeatable.
PROCESSES: dict[str, Act] = {
    "place": acts.place,
    "cancel": acts.cancel,
    "reject": acts.reject,
    "collect": acts.collect,
    "put_back": acts.put_back,
    "bring_back": counter.bring_back,
    "exchange": counter.exchange,
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A name, and the steps: each with whether it is one transaction."""

    name: str
    steps: Sequence[tuple[Callable[[], None], bool]]


@dataclass
class Filling:
    """One run over all chapters that are not told yet."""

    scale: float
    tell: Callable[[str], None] = print
    is_stopped: Callable[[], bool] = lambda: False
    left_out: Counter[str] = field(default_factory=Counter)

    def run(self) -> bool:
        """Returns whether everything is told now."""
        if chapters.is_told():
            return True
        began = chapters.began_at()
        self._hurry()
        with _rarely_collecting():
            for part in self._chapters(began):
                if not self._tell_chapter(part):
                    return False
        if self.left_out:
            self.tell("left out: " + ", ".join(f"{n} {c}" for n, c in self.left_out.most_common(6)))
        return True

    # --- chapters

    def _chapters(self, began: datetime) -> Iterator[Chapter]:
        people = max(LEAST_PEOPLE, round(crowd.CROWD * self.scale))
        size = Range(people, len(Stage.of(0).variants), self.scale)
        first = min(people, FIRST_PEOPLE)
        by_day = plan.steps_by_day(until=began, size=size)
        todays = queue.queue_steps(
            now=began, people=first, variants=size.variants, scale=self.scale
        )
        late = hour.LAST_ACTS
        crew = sites.crew()
        planned = [
            ("staff:", len(crew)),
            ("people:first", len(_batches(0, first))),
            ("queue:", len(todays)),
            ("tills:", len(sites.STORE_CODES)),
            ("people:rest", len(_batches(first, people))),
            *((f"day:{on}", len(steps)) for on, steps in by_day.items()),
            ("now:", len(late)),
        ]
        chapters.write_plan(planned, began=began)
        yield Chapter("staff:", [(partial(_hire, each, began), False) for each in crew])
        yield _crowd("people:first", 0, first, began)
        yield self._story("queue:", todays, people)
        stage, codes = self._stage(first), sites.STORE_CODES
        opened = [(partial(hour.open_first_till, stage, began, code), True) for code in codes]
        yield Chapter("tills:", opened)
        yield _crowd("people:rest", first, people, began)
        for on, steps in by_day.items():
            yield self._story(f"day:{on}", steps, people)
        stage = Stage.of(people, began)
        yield Chapter("now:", [(partial(act, stage, began, self.scale), False) for act in late])

    def _story(self, name: str, steps: Sequence[Step], people: int) -> Chapter:
        stage = self._stage(people)
        return Chapter(name, [_bound(stage, step) for step in steps])

    def _stage(self, people: int) -> Stage:
        known = getattr(self, "_known_stage", None)
        if known is None or len(known.people) < people:
            known = self._known_stage = Stage.of(people, chapters.began_at())
        return known

    # --- telling

    def _tell_chapter(self, part: Chapter) -> bool:
        told = chapters.told_of(part.name)
        for number, (act, is_plain) in enumerate(part.steps[told:], start=told + 1):
            if self.is_stopped():
                return False
            self._tell_step(part.name, number, act, is_plain=is_plain)
            self._say()
        chapters.mark_finished(part.name)
        return True

    def _tell_step(
        self, name: str, number: int, act: Callable[[], None], *, is_plain: bool
    ) -> None:
        for tried in range(1, TRIES + 1):
            try:
                if is_plain:
                    with transaction.atomic():
                        act()
                        chapters.mark_told(name, number)
                    return
                act()
                break
            except DomainError as refusal:
                self.left_out[refusal.code] += 1
                break
            except OperationalError:  # somebody else holds a lock: they come first
                if tried == TRIES:
                    self.left_out["busy"] += 1
                sleep(0.2 * tried)
        chapters.mark_told(name, number)

    def _say(self) -> None:
        now = monotonic()
        if now - getattr(self, "_said_at", 0.0) >= TELL_SECONDS:
            self._said_at = now
            found = chapters.progress()
            if found is not None:
                self.tell(found.words)

    @staticmethod
    def _hurry() -> None:
        """A demo that loses its last moment in a crash goes on from there: no wait for the disk."""
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """What is loaded by now stays: looking through it again and again would take its time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _bound(stage: Stage, step: Step) -> tuple[Callable[[], None], bool]:
    is_plain = step.act in PLAIN
    act = PLAIN[step.act] if is_plain else PROCESSES[step.act]

    def run() -> None:
        with at(step.at):
            act(stage, step)

    return run, is_plain


def _hire(colleague: Colleague, began: datetime) -> None:
    """Before the first day: what they may do counts from then on."""
    with at(began - OPEN_SINCE):
        sites.ensure_member(colleague)


def _batches(first: int, last: int) -> list[range]:
    return [range(n, min(n + PEOPLE_EACH, last)) for n in range(first, last, PEOPLE_EACH)]


def _crowd(name: str, first: int, last: int, began: datetime) -> Chapter:
    def run(numbers: range) -> None:
        with at(began):
            crowd.ensure_people(numbers)

    return Chapter(name, [(partial(run, numbers), True) for numbers in _batches(first, last)])
