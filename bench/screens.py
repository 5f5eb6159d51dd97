"""The pages of the console as a person meets them: first paint, and every step until it is seen."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Error, Locator

from bench.browser import EMPTY, Person, Taken, kind_of, person_at
from bench.report import Result
from bench.stage import running

JOBS = ("screens",)
PAINT_MS, STEP_MS = 300, 100
PAINTS = 5
ORDER = re.compile(r"/console/orders/[0-9a-f-]{36}")
HAND_OVER = re.compile(r"/console/pickups/[0-9a-f-]{36}/hand-over")
GIVE, SEEN_ID = "#hand-over button[data-enter]", "input[name=id_kind]:not([value=''])"
CUSTOMER = re.compile(r"/console/customers/[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does again and again: ``begin`` once, then ``act`` with the number of the turn.

    ``after`` puts things back between two turns and is not timed.
    """

    name: str
    begin: Callable[[Person], None]
    act: Callable[[Person, int], None]
    after: Callable[[Person], None] | None = None


def measure(*, url: str, turns: int, only: Collection[str] = ()) -> list[Result]:
    """All pages and steps at the demo merchant that runs there, or at one that is made for it."""
    with _at(url) as base, person_at(base) as person:
        results = _paints(person) if not only or "paint" in only else []
        for step in STEPS:
            if not only or step.name in only:
                results += _stepped(person, step, turns)
        return results


@contextmanager
def _at(url: str) -> Iterator[str]:
    if url:
        yield url
        return
    with running() as stage:
        stage.manage("demo")
        yield f"http://{stage.host}:{stage.port}"


# --- first paint ----------------------------------------------------------------------------------


def _paints(person: Person) -> list[Result]:
    raw = _middle([_cold(person, EMPTY).all for _turn in range(PAINTS)])
    results = []
    for path in person.pages():
        for how, seen in (("first visit", _cold), ("again", _warm)):
            taken = [seen(person, path) for _turn in range(PAINTS)]
            results.append(_result(f"{kind_of(path)}, {how}", taken, raw, PAINT_MS))
    return results


def _cold(person: Person, path: str) -> Taken:
    """In a browser that has never been here."""
    context = person.fresh()
    try:
        return person.painted(context.new_page(), path)
    finally:
        context.close()


def _warm(person: Person, path: str) -> Taken:
    return person.painted(person.page, path)


# --- steps ----------------------------------------------------------------------------------------


def _stepped(person: Person, step: Step, turns: int) -> list[Result]:
    try:
        step.begin(person)
        raw = _middle([person.floor() for _turn in range(turns)])
        taken = []
        for turn in range(turns + 2):
            seen = person.timed(lambda turn=turn: step.act(person, turn))  # type: ignore[misc]
            if turn >= 2:  # what is loaded once has been loaded
                taken.append(seen)
            if step.after:
                step.after(person)
    except (Error, LookupError) as error:
        print(f"{step.name}: not measured, {str(error).splitlines()[0]}", flush=True)
        return [Result(step.name, "ms", None, float("inf"), None, "not measured", False)]
    return [_result(step.name, taken, raw, STEP_MS)]


def _result(name: str, taken: list[Taken], raw: float, most: int) -> Result:
    """The median is judged; the 95th part of a hundred and the server's share stand beside it."""
    all_ms = sorted(each.all for each in taken)
    middle, late = _middle(all_ms), all_ms[min(len(all_ms) - 1, int(len(all_ms) * 0.95))]
    server = _middle([each.server for each in taken])
    print(
        f"{name}: {middle:.0f} ms, p95 {late:.0f}, server {server:.0f}, raw {raw:.0f}", flush=True
    )
    job = f"{name} (p95 {late:.0f}, server {server:.0f})"
    goal = f"at most {most} ms"
    return Result(job, "ms", raw, middle, middle / raw if raw else None, goal, middle <= most)


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def _one(person: Person, selector: str, at: int = 0) -> Locator:
    """The element, in turn where there are several. Raises: LookupError."""
    found = person.page.locator(selector)
    count = found.count()
    if not count:
        raise LookupError(f"nothing to touch: {selector}")
    return found.nth(at % count)


def _open(path: str) -> Callable[[Person], None]:
    def begin(person: Person) -> None:
        person.page.goto(path)
        person.page.wait_for_load_state("networkidle")

    return begin


def _click(selector: str) -> Callable[[Person, int], None]:
    return lambda person, turn: _one(person, selector, turn).click()


def _type(selector: str, *texts: str) -> Callable[[Person, int], None]:
    """Put a text into a field as one would paste it, another each time."""
    endless = itertools.cycle(texts)
    return lambda person, _turn: _one(person, selector).fill(next(endless))


def _first(path: str, selector: str) -> Callable[[Person], None]:
    """Open a page, then what its first row leads to."""

    def begin(person: Person) -> None:
        _open(path)(person)
        link = _one(person, selector).get_attribute("href")
        _open(link or path)(person)

    return begin


def _with_a_history(person: Person) -> None:
    """The page of a customer who ordered here. Raises: LookupError."""
    orders = person.page.request.get("/console/orders").text()
    for order in dict.fromkeys(ORDER.findall(orders)):
        found = CUSTOMER.search(person.page.request.get(order).text())
        if found:
            _open(found[0])(person)
            return
    raise LookupError("no order of a customer who is known")


def _at_the_till(person: Person) -> None:
    """A till that is open, with something in the basket."""
    _open("/console/shift")(person)
    opener = person.page.locator("form[action='/console/shift/open'] button.go")
    if opener.count():
        field = person.page.locator("form[action='/console/shift/open'] input[name=float]")
        if field.count():
            field.fill("150")
        opener.first.click()
        person.page.wait_for_load_state("networkidle")
    _open("/console/till")(person)
    person.timed(lambda: _scan(person, 0))


def _scan(person: Person, _turn: int) -> None:
    """The time runs from Enter; a busy machine would type too slowly for a scanner."""
    field = _one(person, "#till-scan")
    field.fill(_sku(person))
    field.press("Enter")


_SKUS: dict[str, str] = {}


def _sku(person: Person) -> str:
    """Something that the store sells, by the code on it."""
    if person.base not in _SKUS:
        text = person.page.request.get("/console/stock?q=sweater").text()
        link = text.split('href="/console/stock/')[1].split('"')[0].split("?")[0]
        told = person.page.request.get(f"/console/stock/{link}").text()
        _SKUS[person.base] = told.split('data-copy="')[1].split('"')[0]
    return _SKUS[person.base]


def _picking(person: Person) -> None:
    """A pickup that is being picked, opened."""
    _open("/console/pickups?tab=pick")(person)
    if not person.page.locator("#queue a.cover").count():
        _open("/console/pickups?tab=accept")(person)
        _one(person, "#queue form[action$='/accept'] button").click()
        person.page.wait_for_load_state("networkidle")
        _open("/console/pickups?tab=pick")(person)
    _first("/console/pickups?tab=pick", "#queue a.cover")(person)
    start = person.page.locator("#page form[action$='/start'] button")
    if start.count() and not person.page.locator(".tickbtn").count():
        start.first.click()
        person.page.wait_for_load_state("networkidle")


def _show_id(person: Person) -> None:
    """A pickup that is paid, at the counter, with an ID looked at. Raises: LookupError."""
    queue = person.page.request.get("/console/pickups?tab=ready").text()
    for path in dict.fromkeys(HAND_OVER.findall(queue)):
        _open(path)(person)
        if person.page.locator(GIVE).count() and person.page.locator(SEEN_ID).count():
            _prove(person)
            return
    raise LookupError("no pickup that is paid waits")


def _prove(person: Person) -> None:
    _one(person, SEEN_ID).check(force=True)


def _undo(person: Person) -> None:
    page = person.page
    page.evaluate("document.querySelector('#undo form').requestSubmit()")
    page.wait_for_selector("#hand-over")
    page.wait_for_load_state("networkidle")
    _prove(person)


STEPS = (
    Step("another page by the rail", _open("/console/today"), _click("#rail a[href]:not(.mark)")),
    Step("open a row", _open("/console/pickups?tab=ready"), _click("#queue a.cover")),
    Step("change the tab", _open("/console/pickups"), _click(".tabs a")),
    Step("filter a list", _open("/console/orders"), _click("#page .tabs a, #page .pills a")),
    Step(
        "search as you type",
        _open("/console/today"),
        _type("#scan-field", "ann", "anna", "swe", "martin"),
    ),
    Step(
        "search customers as you type",
        _open("/console/customers"),
        _type("#page input[type=search]", "ann", "anna", "martin", "mart"),
    ),
    Step("open a customer", _open("/console/customers?q=martin"), _click("#page a.cover"),
         _open("/console/customers?q=martin")),
    Step(
        "filter a history",
        _with_a_history,
        _click(".timeline .bar a"),
    ),
    Step(
        "search the till as you type",
        _at_the_till,
        _type("#till-scan", "swe", "sweat", "coat", "shirt"),
        lambda person: None,
    ),
    Step("scan at the till", _at_the_till, _scan),
    Step("one more, one less", _at_the_till, _click("#basket [data-step]")),
    Step("pick a thing", _picking, _click(".tickbtn")),
    Step("hand over", _show_id, _click(GIVE), _undo),
)  # fmt: skip
