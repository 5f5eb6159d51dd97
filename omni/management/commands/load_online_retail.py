"""Load files of UCI Online Retail: ``manage.py load_online_retail FILE... [--json]``."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from omni.access.actor import SYSTEM
from omni.demo.online_retail.loading import Loaded, LoadUnderWay, load_file
from omni.demo.online_retail.source import LedgerFileError
from omni.demo.online_retail.totals import REFERENCE, totals
from omni.events import relay
from omni.events.queries import subscription_statuses

SHOWN = 20
TELL_SECONDS = 10
# Half seconds in which nobody, here or in the worker, read on: something is parked or stuck.
STALLS = 60


class Command(BaseCommand):
    help = "Load the ledger of a real retailer (UCI Online Retail), as often as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--json", action="store_true", help="last line on standard output: totals as JSON"
        )
        parser.add_argument(
            "--report", type=Path, help="write the rows that could not be used to this CSV file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.monotonic()
        reports = []
        for path in options["files"]:
            try:
                reports.append(load_file(path=path, actor=SYSTEM, tell=self._tell))
            except LedgerFileError as error:
                raise CommandError(str(error)) from error
            except LoadUnderWay as error:
                raise CommandError(
                    _("Another load is under way. Wait until it is done.")
                ) from error
        self._catch_up()
        for report in reports:
            self._report(report)
        if options["report"]:
            _write(options["report"], reports)
        self._table()
        self._tell(_("%(seconds).0f seconds") % {"seconds": time.monotonic() - start})
        if options["json"]:
            self.stdout.write(json.dumps(totals().as_json()))

    def _catch_up(self) -> None:
        """Bring timelines and whatever else reads the log up to date, here or beside the worker."""
        told = stalls = 0
        while stalls < STALLS and any(each.oldest_waiting_at for each in subscription_statuses()):
            read = relay.run_all(seconds=TELL_SECONDS)
            told += read
            if read:
                self._tell(_("%(count)d events told to those who listen") % {"count": told})
            stalls = 0 if read else stalls + 1
            time.sleep(0 if read else 0.5)

    def _tell(self, text: str) -> None:
        self.stderr.write(text)

    def _report(self, report: Loaded) -> None:
        self._tell(
            _("%(file)s: %(rows)d rows, %(new)d documents loaded, %(known)d were there already")
            % {"file": report.file, "rows": report.rows, "new": report.new, "known": report.known}
        )
        for bad in report.bad[:SHOWN]:
            self._tell(
                _("  row %(row)d (%(invoice)s) could not be used: %(reason)s")
                % {"row": bad.row, "invoice": bad.invoice, "reason": bad.reason}
            )
        if len(report.bad) > SHOWN:
            more = len(report.bad) - SHOWN
            self._tell(_("  and %(more)d more; see --report") % {"more": more})

    def _table(self) -> None:
        self._tell(f"{'':20}{_('loaded'):>16}{_('2010/11'):>16}")
        for name, value in totals().as_json().items():
            self._tell(f"{name:20}{value:>16,}{REFERENCE[name]:>16,}")


def _write(path: Path, reports: list[Loaded]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "row", "invoice", "reason"])
        for report in reports:
            writer.writerows([report.file, bad.row, bad.invoice, bad.reason] for bad in report.bad)
