"""What the app adds to the console's frame: entries in the rail, who is here, what rings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.catalog.pictures import pictures_of
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.screens import moment, navigation, subjects, waiting, words
from omni.screens.navigation import CONSOLE, OFFICE, Count, Entry
from omni.screens.place import Place
from omni.work.models import Subject
from orders.aftersales import worklist
from orders.fulfilment import beside, boards
from orders.fulfilment.models import FulfilmentOrder

# --- pickups --------------------------------------------------------------------------------------


def _pickups(actor: Actor, place: Place) -> Count:
    now = moment.now()
    day_start = datetime.combine(now.astimezone(place.zone).date(), time.min, tzinfo=place.zone)
    counts = boards.pickup_counts(actor, place.location_id, now=now, day_start=day_start)
    return Count(counts.accept + counts.pick, hot=counts.late > 0)


def _people(place: Place) -> Sequence[waiting.Person]:
    found = beside.people_here(place.location_id, now=moment.now())
    return [
        waiting.Person(
            reverse("console:hand-over", args=[pickup.pk]),
            pickup.arrived_at,
            pickup.fulfilment_order.order.contact_name or pickup.fulfilment_order.order.number,
            ", ".join(filter(None, [_("pickup"), _lies(pickup.shelf), pickup.arrival_note])),
        )
        for pickup in found
        if pickup.arrived_at
    ]


def _lies(shelf: str) -> str:
    return _("shelf %(shelf)s") % {"shelf": shelf} if shelf else ""


def _news(place: Place) -> Sequence[waiting.Notice]:
    rows = beside.just_in(place.location_id, now=moment.now())
    first = [line.order_line.variant_id for row in rows[:1] for line in row.lines.all()][:2]
    pictures = pictures_of(first)
    shown = tuple(
        waiting.Picture(pictures[each].url, pictures[each].alt)
        for each in first
        if each in pictures
    )
    return [_notice(row, place, shown if not at else ()) for at, row in enumerate(rows)]


def _notice(
    row: FulfilmentOrder, place: Place, pictures: tuple[waiting.Picture, ...]
) -> waiting.Notice:
    units = sum(line.quantity for line in row.lines.all())
    text = ngettext(
        "New pickup, %(n)d item for %(hour)s", "New pickup, %(n)d items for %(hour)s", units
    )
    hour = words.when(row.due_at, place.zone, moment.now()) if row.due_at else "–"
    page = f"{reverse('console:pickups')}?tab=accept&open={row.pk}"
    return waiting.Notice(
        key=str(row.pk),
        title=text % {"n": units, "hour": hour},
        detail=f"{row.order.contact_name or row.order.number}, {row.order.channel.name}",
        due_at=row.due_at,
        open_url=page,
        accept_url=reverse("console:accept-work", args=[row.pk]),
        reject_url=f"{page}&reject=1",
        pictures=pictures,
        more=max(0, len(row.lines.all()) - 2),
    )


def _work_page(about: Subject) -> str:
    return reverse("console:work", args=[about.subject_id])


navigation.register(
    CONSOLE,
    Entry(
        "pickups",
        gettext_lazy("Pickups"),
        "shopping-bag",
        "console:pickups",
        30,
        Permission.FULFILMENT_VIEW,
        count=_pickups,
    ),
)
waiting.register("pickups", _people, permission=Permission.FULFILMENT_VIEW)
waiting.register_news("pickups", _news, permission=Permission.FULFILMENT_WORK)
subjects.register("fulfilment_order", _work_page)

# --- orders and returns ---------------------------------------------------------------------------


def _returns(actor: Actor, place: Place) -> Count:
    counts = worklist.counts_at(actor, place.location_id)
    return Count(sum(counts[part] for part in worklist.TO_DO), hot=bool(counts[worklist.MONEY]))


navigation.register(
    CONSOLE,
    Entry(
        "returns",
        gettext_lazy("Returns"),
        "undo-2",
        "console:returns",
        50,
        Permission.RETURNS_VIEW,
        count=_returns,
    ),
)
navigation.register(
    CONSOLE,
    Entry(
        "orders", gettext_lazy("Orders"), "receipt", "console:orders", 40, Permission.ORDERS_VIEW
    ),
)
navigation.register(
    OFFICE,
    Entry("sell", gettext_lazy("Sell"), "receipt", "office:orders", 20, is_heading=True),
)
navigation.register(
    OFFICE,
    Entry(
        "orders",
        gettext_lazy("Orders"),
        "receipt",
        "office:orders",
        21,
        Permission.ORDERS_VIEW,
        below="sell",
    ),
)
navigation.register(
    OFFICE,
    Entry(
        "returns",
        gettext_lazy("Returns"),
        "undo-2",
        "office:returns",
        22,
        Permission.RETURNS_VIEW,
        below="sell",
    ),
)
subjects.register("order", lambda about: reverse("console:order", args=[about.subject_id]))
subjects.register("return", lambda about: reverse("console:return-case", args=[about.subject_id]))

# --- the till -------------------------------------------------------------------------------------

navigation.register(
    CONSOLE,
    Entry("till", gettext_lazy("Till"), "scan-barcode", "console:till", 20, Permission.POS_SELL),
)
navigation.register(
    CONSOLE,
    Entry("day", gettext_lazy("Day"), "vault", "console:day", 110, Permission.POS_SHIFT),
)
