"""`manage.py up`: the whole product on this machine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from omni.local.paths import places
from omni.local.run import CannotRun, Run


class Command(BaseCommand):
    help = "Starts database, broker, web, worker and beat; Ctrl-C stops everything."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ledger", nargs="+", default=[], metavar="FILE")
        parser.add_argument("--no-demo", action="store_true", help="do not make demo data")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run(where=places(), ledgers=options["ledger"], with_demo=not options["no_demo"])
        try:
            run.run()
        except CannotRun as error:
            raise CommandError(str(error)) from None
