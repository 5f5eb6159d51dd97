"""``python -m bench``: every job beside its goal, one table at the end, a file of it in ``var/``.

Ends with 1 when a goal is not reached.
"""

from __future__ import annotations

import argparse
import sys

from bench import ledger, speed
from bench.database import django_on_a_server
from bench.report import Result, print_table, write_json
from omni.local.paths import var_dir

IN_SQL = ("timeline", "customer-search")
SCREENS = "screens"
JOBS = (*speed.JOBS, *IN_SQL, "ledger", SCREENS)


def main() -> int:
    options = _options()
    folder = var_dir() / "bench"
    results = _results(options)
    print()
    print_table(results)
    print(f"kept in {write_json(results, folder, vars(options))}")
    return 0 if results and all(each.reached for each in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("jobs", nargs="*", help="as --only")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement over HTTP")
    parser.add_argument("--pairs", type=int, default=3, help="of measurements, raw and ours")
    parser.add_argument("--only", default=",".join(JOBS), help="some of: %(default)s")
    parser.add_argument("--explain", action="store_true", help="print the plans of statements")
    parser.add_argument("--interactions", type=int, default=5_000_000, help="for the timeline")
    parser.add_argument("--customers", type=int, default=1_000_000, help="for customer-search")
    parser.add_argument("--url", default="", help="of a demo that runs, for screens")
    parser.add_argument("--turns", type=int, default=20, help="of each step on a screen")
    options = parser.parse_args()
    options.only = options.jobs or options.only.split(",")
    unknown = sorted(set(options.only) - set(JOBS))
    if unknown:
        parser.error(f"no such job: {', '.join(unknown)}; there are {', '.join(JOBS)}")
    return options


def _results(options: argparse.Namespace) -> list[Result]:
    only = options.only
    results: list[Result] = []
    if any(name in only for name in speed.JOBS):
        results += speed.measure(
            only, seconds=options.seconds, pairs=options.pairs, explain=options.explain
        )
    if "ledger" in only:
        results += ledger.measure()
    if any(name in only for name in IN_SQL):
        with django_on_a_server():
            results += _in_sql(options)
    if SCREENS in only:
        # A browser is driven for it, which other jobs do not need.
        from bench import screens  # noqa: PLC0415

        results += screens.measure(url=options.url, turns=options.turns)
    return results


def _in_sql(options: argparse.Namespace) -> list[Result]:
    # Models can be imported only now that Django knows its database.
    from bench import customer_search, timeline  # noqa: PLC0415

    results: list[Result] = []
    if "timeline" in options.only:
        results += timeline.measure(rows=options.interactions, explain=options.explain)
    if "customer-search" in options.only:
        results += customer_search.measure(options.customers, explain=options.explain)
    return results


if __name__ == "__main__":
    sys.exit(main())
