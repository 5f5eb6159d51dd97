"""What the app adds to the console's frame: entries in the rail, who is here, what rings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from omni.access.permissions import Permission
from omni.screens import moment, navigation, subjects, waiting, words
from omni.screens.frame import Asked
from omni.screens.navigation import CONSOLE, OFFICE, Count, Entry
from omni.screens.place import Place
from omni.work.models import Subject
from orders.aftersales import worklist
from orders.fulfilment import beside, boards

Rows = Sequence[Mapping[str, Any]]

# --- pickups --------------------------------------------------------------------------------------


def _pickups(rows: Rows, _place: Place) -> Count:
    counts = rows[0] if rows else {"accept": 0, "pick": 0, "late": 0}
    return Count(counts["accept"] + counts["pick"], hot=counts["late"] > 0)


def _people(rows: Rows, _place: Place) -> Sequence[waiting.Person]:
    return [
        waiting.Person(
            reverse("console:hand-over", args=[row["work"]]),
            row["arrived_at"],
            row["who"] or row["number"],
            ", ".join(filter(None, [_("pickup"), _lies(row["shelf"]), row["arrival_note"]])),
        )
        for row in rows
    ]


def _lies(shelf: str) -> str:
    return _("shelf %(shelf)s") % {"shelf": shelf} if shelf else ""


def _news(rows: Rows, place: Place) -> Sequence[waiting.Notice]:
    return [_notice(row, place) for row in rows]


def _notice(row: Mapping[str, Any], place: Place) -> waiting.Notice:
    text = ngettext(
        "New pickup, %(n)d item for %(hour)s", "New pickup, %(n)d items for %(hour)s", row["units"]
    )
    due_at = row["due_at"]
    hour = words.within(words.when(due_at, place.zone, moment.now())) if due_at else "–"
    page = f"{reverse('console:pickups')}?tab=accept&open={row['id']}"
    return waiting.Notice(
        key=str(row["id"]),
        title=text % {"n": row["units"], "hour": hour},
        detail=f"{row['who'] or row['number']}, {row['channel']}",
        due_at=due_at,
        open_url=page,
        accept_url=reverse("console:accept-work", args=[row["id"]]),
        reject_url=f"{page}&reject=1",
        pictures=tuple(
            waiting.Picture(each["url"], each["alt"]) for each in row["pictures"] if each["url"]
        ),
        more=max(0, row["kinds"] - 2),
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
        count=Asked(
            "pickups",
            lambda place: boards.rail_counts(place.location_id, now=moment.now()),
            _pickups,
        ),
    ),
)
waiting.register(
    Asked(
        "people",
        lambda place: beside.people_here(place.location_id, now=moment.now()),
        _people,
    ),
    permission=Permission.FULFILMENT_VIEW,
)
waiting.register_news(
    Asked("news", lambda place: beside.just_in(place.location_id, now=moment.now()), _news),
    permission=Permission.FULFILMENT_WORK,
)
subjects.register("fulfilment_order", _work_page)

# --- orders and returns ---------------------------------------------------------------------------


def _returns(rows: Rows, _place: Place) -> Count:
    counts = rows[0] if rows else dict.fromkeys((*worklist.TO_DO, worklist.MONEY), 0)
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
        count=Asked(
            "returns",
            lambda place: worklist.rail_counts(place.location_id, now=moment.now()),
            _returns,
        ),
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
