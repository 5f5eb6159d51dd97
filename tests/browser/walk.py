"""Looks at every page of a demo that runs on this machine, whose data folder OMNI_VAR_DIR names::

    python -m tests.browser.walk --url http://127.0.0.1:8000 --out pictures

Tells what is wrong, and leaves a picture of each page in each view, with sheets to leaf through.
"""

from __future__ import annotations

import argparse
import html
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
from playwright.sync_api import Browser, sync_playwright

from omni.local.embedded import database_for

if TYPE_CHECKING:
    from tests.browser.pages import Spot
    from tests.browser.walking import Look, View, Walk

# Pictures a row, and rows a sheet.
GRID = {390: (6, 1), 834: (4, 2), 1440: (3, 3)}
SHEET_WIDTH = 1860
STYLE = """
body { margin: 8px; background: #777; font: 13px/1.3 sans-serif; color: #fff; display: grid;
  gap: 8px; align-items: start; }
figure { margin: 0; } img { width: 100%; display: block; max-height: 1400px; object-fit: cover;
  object-position: top; } figcaption { overflow: hidden; white-space: nowrap; }
"""


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is needed to look at pages.", file=sys.stderr)
        return 1
    with database_for(["walk"]):
        django.setup()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=_flags())
            looks = list(_walk(browser, asked))
            _leaf(browser, looks, asked.out)
            browser.close()
    return _tell(looks)


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.browser.walk", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path("var/pictures"))
    parser.add_argument("--only", default="", help="addresses that begin so, parted by commas")
    parser.add_argument("--views", default="", help="such as 390-dark,1440-light; else all")
    parser.add_argument("--plain", action="store_true", help="each page once, in one state")
    return parser.parse_args(arguments)


def _flags() -> list[str]:
    from tests.browser.conftest import FLAGS  # noqa: PLC0415  needs the models loaded

    return FLAGS


def _walk(browser: Browser, asked: argparse.Namespace) -> Iterator[Look]:
    from tests.browser import pages, walking  # noqa: PLC0415  needs the models loaded

    only = tuple(filter(None, asked.only.split(",")))
    views = [each for each in walking.VIEWS if not asked.views or str(each) in asked.views]
    spots = [
        spot
        for spot in pages.spots(varied=not asked.plain, lenient=True)
        if not only or spot.path.startswith(only)
    ]
    walk = walking.Walk(browser, asked.url, asked.out)
    for number, view in enumerate(views):
        for look in _in_one_view(walk, spots, view, is_first=number == 0, is_all=not only):
            for each in (*look.found, *(look.barriers if look.spot.is_of_library else ())):
                print(each, flush=True)
            yield look
        walk.close()


def _in_one_view(
    walk: Walk, spots: list[Spot], view: View, *, is_first: bool, is_all: bool
) -> Iterator[Look]:
    """Twins answer by another page, so one view of them is enough."""
    from tests.browser import walking  # noqa: PLC0415  needs the models loaded

    yield from walk.over((each for each in spots if is_first or not each.is_twin), view)
    if is_all:
        for spot, status in walking.wrong():
            yield walk.look(spot, view, expected=status)
        yield walk.offline(view)


def _leaf(browser: Browser, looks: list[Look], out: Path) -> None:
    """Sheets of pictures, one person and view after the other."""
    groups: dict[tuple[View, str], list[Look]] = {}
    for look in looks:
        if look.picture is not None:
            area = "admin" if look.spot.is_of_library else look.spot.who
            groups.setdefault((look.view, area), []).append(look)
    for (view, area), mine in groups.items():
        columns, rows = GRID[view.width]
        some = columns * rows
        for number, start in enumerate(range(0, len(mine), some)):
            target = out / "sheets" / f"{view}-{area}-{number:02}.png"
            _sheet(browser, mine[start : start + some], columns, target)


def _sheet(browser: Browser, looks: list[Look], columns: int, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    figures = "".join(
        f"<figure><figcaption>{html.escape(look.spot.path)}</figcaption>"
        f"<img src='{look.picture.resolve().as_uri()}'></figure>"
        for look in looks
        if look.picture
    )
    grid = f"body {{ grid-template-columns: repeat({columns}, 1fr); }}"
    page = browser.new_page(viewport={"width": SHEET_WIDTH, "height": 600})
    source = target.with_suffix(".html")
    source.write_text(f"<meta charset=utf-8><style>{STYLE}{grid}</style>{figures}")
    page.goto(source.resolve().as_uri())
    page.screenshot(path=target, full_page=True)
    page.close()
    source.unlink()


def _tell(looks: list[Look]) -> int:
    judged = [look for look in looks if look.bytes]
    found = [each for look in looks for each in look.found]
    heaviest = sorted(judged, key=lambda look: look.bytes)[-3:]
    slowest = sorted(judged, key=lambda look: look.paint)[-3:]
    print(f"{len(looks)} addresses opened, {len(judged)} pages judged, {len(found)} faults")
    print("heaviest:", *(f"{each.spot.path} {each.bytes // 1000} kB" for each in heaviest))
    print("slowest first paint:", *(f"{each.spot.path} {each.paint:.0f} ms" for each in slowest))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
