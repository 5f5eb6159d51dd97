"""The question that the overview and the reports answer, as a sentence of filters.

Show all channels in all stores for the last 7 days against the 7 days before, in EUR. Each word is
a choice; all of it lies in the address, so that a page can be kept and sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, Func
from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from inventory.channels.models import Channel
from inventory.locations.models import Location, LocationKind
from inventory.locations.queries import TRADING, channels_visible_to
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.console import periods
from omni.console.periods import Period
from omni.screens import moment
from omni.screens.sentences import Part, part
from omni.screens.views import Screen
from orders.sales.figures import Scope, Span, seen_by

_READ_CLOCK = Func(function="clock_timestamp", output_field=DateTimeField())
NAMES = ("channel", "store", "period", "against", "currency", "from", "to", "by", "of")


def home_zone(places: Sequence[Location]) -> ZoneInfo:
    """The merchant's time zone: that of most places that trade."""
    zones = Counter(each.time_zone for each in places if each.status in TRADING)
    return ZoneInfo(min(zones, key=lambda name: (-zones[name], name)) if zones else "UTC")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, checked: unknown values are left out, and ``doubts`` says so in words."""

    values: Mapping[str, str]
    channels: Sequence[Channel]
    places: Sequence[Location]
    channel: Channel | None
    store: Location | None
    currency: str
    currencies: Sequence[str]
    zone: ZoneInfo
    now: datetime
    period: Period
    doubts: Sequence[str] = ()

    @property
    def spans(self) -> list[Span]:
        return self.period.spans(self.now, self.zone)

    def scope(self, actor: Actor, permission: str = Permission.ORDERS_VIEW) -> Scope:
        return Scope(
            currency=self.currency,
            zone=str(self.zone),
            channel_ids=[self.channel.pk] if self.channel else None,
            location_ids=[self.store.pk] if self.store else None,
            **seen_by(actor, permission),
        )

    def place_ids(self, actor: Actor, permission: str) -> list[UUID] | None:
        """The places asked about among those that one may see; None for all."""
        granted = actor.location_ids(permission)
        if self.store is not None:
            return [self.store.pk] if granted is None or self.store.pk in granted else []
        return None if granted is None else sorted(granted)

    def query(self, **changes: str) -> str:
        """The question as an address, with something changed; "" takes it off."""
        given = {**self.values, **changes}
        if given.get("period") != periods.OWN:
            given = {**given, "from": "", "to": ""}
        return urlencode({name: each for name, each in given.items() if each})

    def parts(self) -> list[Part]:
        """The sentence: Show all channels in all stores for the last 7 days against …"""
        found = [
            self._part("channel", _("Show"), _("all channels"), _named(self.channels)),
            self._part(
                "store",
                _("in"),
                _("all stores"),
                _named([each for each in self.places if each.kind == LocationKind.STORE]),
            ),
            self._chosen("period", _("for"), self.period.name, self._periods()),
            self._chosen(
                "against",
                _("against"),
                self.period.against,
                list(periods.against_names(self.period.name).items()),
            ),
        ]
        if len(self.currencies) > 1:
            choices = [(code, code) for code in self.currencies]
            found.append(self._chosen("currency", _("in"), self.currency, choices))
        return found

    def sentence(self) -> str:
        """The same in one line, for a file or a heading."""
        return " ".join(f"{part.before} {part.said}" for part in self.parts())

    def _periods(self) -> list[tuple[str, str]]:
        own = self.period.name == periods.OWN
        listed = [(name, str(said)) for name, said in periods.NAMES.items()]
        return [*listed, (periods.OWN, self.period.label())] if own else listed

    def _part(
        self, name: str, before: str, nothing: str, choices: Sequence[tuple[str, str]]
    ) -> Part:
        return self._chosen(name, before, self.values.get(name, ""), [("", nothing), *choices])

    def _chosen(
        self, name: str, before: str, value: str, choices: Sequence[tuple[str, str]]
    ) -> Part:
        return part(name, before, value, choices, lambda code: self._with(name, code))

    def _with(self, name: str, code: str) -> str:
        # A currency and a channel of another would have nothing to tell.
        other = {"currency": {"channel": ""}, "channel": {"currency": ""}}.get(name, {})
        return self.query(**{**other, name: code})


def _named(rows: Sequence[Any]) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in rows]


def read(
    given: QueryDict,
    *,
    channels: Sequence[Channel],
    places: Sequence[Location],
    zone: ZoneInfo,
    now: datetime,
) -> Question:
    """The question in an address. What cannot be answered is left out, and said."""
    values = {name: text for name in NAMES if (text := " ".join(given.get(name, "").split())[:40])}
    channel = _one(channels, values.get("channel", ""))
    store = _one(places, values.get("store", ""))
    counted = Counter(each.currency for each in channels)
    currencies = sorted(counted, key=lambda code: (-counted[code], code))
    currency = values.get("currency", "")
    if channel is not None:
        currency = channel.currency
    elif currency not in counted:
        currency = currencies[0] if currencies else "EUR"
    doubts = _doubts(values, channel, store, currency)
    for name, row in (("channel", channel), ("store", store)):
        if row is None:
            values.pop(name, None)
    period = _period(values, now.astimezone(zone).date())
    doubts += _doubts_of_days(values, period)
    if period.name == periods.OWN:
        values["period"] = periods.OWN
    return Question(
        values, channels, places, channel, store, currency, currencies, zone, now, period, doubts
    )


def _period(values: Mapping[str, str], today: date) -> Period:
    own = periods.own_days(values.get("from", ""), values.get("to", ""))
    name = values.get("period", "")
    return periods.period(
        periods.OWN if own and name in ("", periods.OWN) else name,
        today=today,
        against=values.get("against", ""),
        own=own,
    )


def _doubts(
    values: Mapping[str, str], channel: Channel | None, store: Location | None, currency: str
) -> list[str]:
    found = []
    if "channel" in values and channel is None:
        found.append(_("The channel that was asked for is not among yours. All are shown."))
    if "store" in values and store is None:
        found.append(_("The store that was asked for is not among yours. All are shown."))
    if values.get("currency", currency) != currency:
        found.append(_("Shown are amounts in %(currency)s.") % {"currency": currency})
    if values.get("against", "before") not in periods.AGAINST:
        found.append(_("Nobody knows what to hold it against. Shown is the period before."))
    return found


def _doubts_of_days(values: Mapping[str, str], period: Period) -> list[str]:
    """Why other days are shown than those that were asked for."""
    name = values.get("period", "")
    if name in periods.NAMES or period.name == periods.OWN:
        return []
    typed = name in ("", periods.OWN)
    if typed and not (name or values.get("from") or values.get("to")):
        return []
    why = (
        periods.why_not(values.get("from", ""), values.get("to", ""))
        if typed
        else _("The period that was asked for is not known.")
    )
    return [" ".join([why, _("Shown are %(days)s.") % {"days": period.label()}])]


def _one(rows: Sequence[Any], text: str) -> Any:
    return next((row for row in rows if str(row.pk) == text), None)


class OfficeScreen(Screen):
    """A page of figures: times and days are those of the merchant's own zone."""

    needs_place = False
    _places: list[Location] | None = None

    def places(self) -> list[Location]:
        """All places, by name. One query a page, which brings the page's moment along."""
        if self._places is None:
            rows: list[Any] = list(
                Location.objects.annotate(read_at=_READ_CLOCK).order_by("name", "pk")
            )
            for row in rows[:1]:
                moment.take(row.read_at)
            self._places = rows
        return self._places

    def zone(self) -> Any:
        return home_zone(self.places()) if self.actor.kind == "staff" else super().zone()

    def question(self, request: HttpRequest) -> Question:
        """What the address asks, among what the person may see."""
        granted = self.actor.location_ids(Permission.ORDERS_VIEW)
        seen = [each for each in self.places() if granted is None or each.pk in granted]
        return read(
            request.GET,
            channels=list(
                channels_visible_to(self.actor, Permission.ORDERS_VIEW).order_by("name", "pk")
            ),
            places=seen,
            zone=home_zone(self.places()),
            now=moment.now(),
        )
