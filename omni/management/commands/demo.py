"""``manage.py demo``: the merchant of the demo, made once and left as it is afterwards."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from omni.demo.merchant import seed


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

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                _("The demo publishes its passwords and keys. It is made with DEBUG on only.")
            )
        lines = (
            seed.ensure_logins()
            if options["logins_only"]
            else seed.ensure_merchant(scale=options["scale"])
        )
        for line in lines:
            self.stdout.write(line)
