"""``manage.py events``: where the subscriptions stand, and what a person does about them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from omni.access.actor import SYSTEM
from omni.core.errors import DomainError
from omni.events import parking, queries
from omni.events.models import ParkedAggregate, ParkedEventStatus, ParkedStatus
from omni.events.rebase import rebase
from omni.events.rebuild import abandon, rebuild


class Command(BaseCommand):
    help = "Shows the subscriptions to the event log; retries, skips, rebases, rebuilds."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status", help="positions, lag, parked aggregates")
        for verb, text in (
            ("retry", "do what waits of a parked aggregate"),
            ("skip", "give up its first waiting event, then do the rest"),
        ):
            sub = verbs.add_parser(verb, help=text)
            sub.add_argument("parked", type=int, help="number from `events status`")
        verbs.add_parser("rebase", help="after a restore into a new cluster, before anything runs")
        sub = verbs.add_parser("rebuild", help="make a projection anew from the log")
        sub.add_argument("subscription")
        sub.add_argument(
            "--abandon", action="store_true", help="forget a rebuild that was killed, do no other"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except LookupError as error:
            raise CommandError(str(error.args[0])) from error
        except DomainError as error:
            raise CommandError(f"{error.message} ({error.code})") from error

    def _status(self, options: dict[str, Any]) -> None:
        for status in queries.subscription_statuses():
            waiting = queries.waiting_events(status.name)
            self.stdout.write(
                f"{status.name:<24} position {status.position_xid}/{status.position_id}"
                f"  waiting {waiting}  lag {status.lag_seconds:.1f} s  parked {status.parked}"
                + ("  rebuilding" if status.is_rebuilding else "")
            )
            if status.last_error:
                self.stdout.write(f"    failed {status.failures} times: {status.last_error}")
        for row in ParkedAggregate.objects.filter(status=ParkedStatus.PARKED).order_by("pk"):
            self._print_parked(row)
        if queries.log_is_ahead():
            self.stdout.write("The log bears ids of another cluster: run `events rebase`.")

    def _print_parked(self, row: ParkedAggregate) -> None:
        waiting = row.queue.filter(status=ParkedEventStatus.WAITING).order_by("pk")
        head = waiting.first()
        what = f"{head.type} #{head.event_id}: {head.error}" if head else "nothing waits"
        self.stdout.write(
            f"parked {row.pk}: {row.subscription}, {row.aggregatetype} {row.aggregateid},"
            f" {waiting.count()} waiting, {what}"
        )

    def _retry(self, options: dict[str, Any]) -> None:
        self._tell(parking.retry_parked(parked_id=options["parked"], actor=SYSTEM))

    def _skip(self, options: dict[str, Any]) -> None:
        self._tell(parking.skip_parked(parked_id=options["parked"], actor=SYSTEM))

    def _tell(self, done: bool) -> None:
        self.stdout.write("done, it flows again" if done else "an event failed again, still parked")

    def _rebase(self, options: dict[str, Any]) -> None:
        for name, first in rebase().items():
            self.stdout.write(f"{name}: goes on at event {first}")

    def _rebuild(self, options: dict[str, Any]) -> None:
        if options["abandon"]:
            abandon(name=options["subscription"])
            return
        count = rebuild(name=options["subscription"], actor=SYSTEM)
        self.stdout.write(f"{options['subscription']}: rebuilt from {count} events")
