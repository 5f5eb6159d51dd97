"""``manage.py authz``: who may call what. Exit code 1 when a route is not in the walk."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from omni.lab import authz
from omni.lab.authz_cases import CASES, gaps

SIGNS = {authz.PASS: "yes", authz.UNKNOWN: "401", authz.FORBIDDEN: "403"}


class Command(BaseCommand):
    help = "Lists routes and principals of the authorization walk; fails when one is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="print routes × principals")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._print()
        missing = list(gaps())
        for line in missing:
            self.stdout.write(f"not covered: {line}")
        routes = len(list(authz.endpoints()))
        self.stdout.write(
            f"{routes} endpoints, {len(list(authz.admin_pages()))} admin pages,"
            f" {len(authz.PRINCIPALS)} principals, {len(CASES)} cases, {len(missing)} gaps"
        )
        if missing:
            raise SystemExit(1)

    def _print(self) -> None:
        names = "  ".join(each.name for each in authz.PRINCIPALS)
        self.stdout.write(f"{'route':<88}{'declares':<24}{names}")
        for entry in [*authz.endpoints(), *authz.admin_pages()]:
            signs = "  ".join(
                self._sign(each, entry).ljust(len(each.name)) for each in authz.PRINCIPALS
            )
            route = f"{entry.method:<7}{entry.path}"
            self.stdout.write(f"{route:<88}{entry.permission or '':<24}{signs}")

    def _sign(self, who: authz.Principal, entry: Any) -> str:
        if entry.kind == "admin" and who.kind != "staff":
            return "302"
        return SIGNS[who.gate(entry.permission)]
