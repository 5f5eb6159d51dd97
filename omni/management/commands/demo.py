"""``manage.py demo``: the merchant of the demo, made once and left as it is afterwards."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from omni.demo.merchant import seed
from omni.demo.merchant.filling import Filling


class Command(BaseCommand):
    help = "Makes the demo merchant: shops, stores, goods, staff, customers, orders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--logins-only",
            action="store_true",
            help="only logins and a key, beside a ledger that was loaded",
        )
        parser.add_argument(
            "--scale",
            type=float,
            default=settings.DEMO_SCALE,
            help="how much of the full house: 1 is all of it, 0 only what the guides need",
        )

        parser.add_argument(
            "--found-only",
            action="store_true",
            help="places, goods, staff and a few customers, without the three months behind them",
        )
        parser.add_argument(
            "--fill-only", action="store_true", help="the three months of a house that was founded"
        )
        parser.add_argument(
            "--alone",
            action="store_true",
            help="in a process that does nothing else: statements are prepared by the database",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                _("The demo publishes its passwords and keys. It is made with DEBUG on only.")
            )
        if options["alone"]:
            connection.settings_dict["OPTIONS"]["server_side_binding"] = True
            connection.close()
        if not options["fill_only"]:
            self._found(options)
        if options["scale"] and not (options["found_only"] or options["logins_only"]):
            self._fill(options["scale"])

    def _found(self, options: dict[str, Any]) -> None:
        lines = (
            seed.ensure_logins()
            if options["logins_only"]
            else seed.ensure_merchant(scale=options["scale"])
        )
        for line in lines:
            self.stdout.write(line)

    def _fill(self, scale: float) -> None:
        """Stops after the step at hand when asked to; the next run goes on there."""
        stopped = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopped.set())
        filling = Filling(scale, tell=self.stdout.write, is_stopped=stopped.is_set)
        if filling.run():
            self.stdout.write(_("The demo merchant is complete."))
