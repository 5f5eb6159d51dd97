"""The living page of all parts in all states, in light and dark: what a page may be made of.

What stands in it are samples, so they are in one language, or in three at once: German, Russian and
Korean names are long, and each script has its own widths.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse

from omni.core import clock
from omni.screens.views import STAFF, Screen

INKS = (
    ("surfaces", ("canvas", "surface", "sunken", "hover", "pic")),
    ("lines", ("line", "line-2", "edge")),
    ("text", ("text", "text-2", "text-3")),
    ("accent", ("accent", "accent-2", "accent-text", "accent-soft", "on-accent")),
    (
        "status",
        ("good", "good-soft", "wait", "wait-soft", "bad", "bad-soft", "info", "info-soft"),
    ),
    ("charts", ("chart-1", "chart-2", "chart-3", "chart-4", "chart-prev")),
)
PICTURES = [
    {"url": f"demo/{name}.svg", "alt": name.replace("-", " ")}
    for name in ("breton-top-navy", "canvas-sneakers-sand", "bath-towel-mint")
]
LONG_NAMES = (
    "Bartholomäus Unterweger-Freiherr von Hohenstein zu Schwarzenfels",
    "Константинопольская-Преображенская Александра Вячеславовна",
    "남궁독고 황보제갈선우서문탁",
)


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As it stands on the identity card.")
    amount = forms.CharField(widget=forms.TextInput(attrs={"class": "sum"}))
    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), ("small", "Too small"), ("broken", "Damaged")]
    )
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    locked = forms.CharField(disabled=True, initial="T-48222")
    gift = forms.BooleanField(label="A present, no prices in the bag", required=False)
    told = forms.BooleanField(
        label="Tell the customer",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch"}),
        help_text="By e-mail, in Korean.",
    )
    shelf = forms.ChoiceField(
        choices=[("b4", "B4, free"), ("b6", "B6, free"), ("r2", "Rail 2, long coats")],
        widget=forms.RadioSelect,
        initial="b4",
    )


class Styleguide(Screen):
    """All tokens and all parts."""

    permission = STAFF
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        now = clock.now()
        typed = {"name": LONG_NAMES[0], "amount": "35.00"}
        themes = [
            {
                "name": name,
                "form": Sample(prefix=name, initial=typed),
                "wrong": Sample({f"{name}-2-amount": "35,0O"}, prefix=f"{name}-2"),
            }
            for name in ("light", "dark")
        ]
        context = {"themes": themes, "inks": INKS, "icons": icon_names(), **samples(now)}
        return self.show("console/styleguide.html", context)


TABS: list[dict[str, Any]] = [
    {"label": "To accept", "url": "#", "count": 2, "tone": "wait"},
    {"label": "To pick", "url": "#", "count": 9, "here": True},
    {"label": "Late", "url": "#", "count": 1, "tone": "bad"},
    {"label": "Closed today", "url": "#", "push": True},
]
FILTERS: list[dict[str, Any]] = [
    {"label": "All", "url": "#", "here": True},
    {"label": "Mine, 5", "url": "#"},
    {"label": "Nobody's, 6", "url": "#"},
]
COLUMNS: list[dict[str, Any]] = [
    {"label": "Order", "url": "#", "sort": "descending"},
    {"label": "Customer", "url": "#"},
    {"label": "State"},
    {"label": "Total", "r": True},
]
MENU: list[dict[str, Any]] = [
    {"label": "Print the slip", "url": "#", "icon": "printer"},
    {"label": "Move to another shelf", "url": "#", "icon": "arrow-left-right"},
    {"line": True},
    {"label": "Cancel the pickup", "url": "#", "icon": "ban", "danger": True},
]
COINS: list[dict[str, Any]] = [
    {"name": "c5000", "label": "€50", "count": 4, "total": "€200.00"},
    {"name": "c2000", "label": "€20", "count": 11, "total": "€220.00"},
    {"name": "c50", "label": "50 ct", "count": None, "total": "€0.00"},
]


def samples(now: datetime) -> dict[str, Any]:
    """What the parts show."""
    return {
        "now": now,
        "pictures": PICTURES,
        "queue": [
            {"due": now + timedelta(minutes=left), "name": name, "meta": meta}
            for left, name, meta in (
                (-8, LONG_NAMES[0], "T-48219, web, paid"),
                (13, LONG_NAMES[1], "T-48222, app, paid"),
                (58, LONG_NAMES[2], "T-48226, phone, pays here"),
            )
        ],
        "tabs": TABS,
        "filters": FILTERS,
        "columns": COLUMNS,
        "history": [
            {"at": now - timedelta(minutes=2), "text": "Aylin picked 2 of 3", "where": "Altona"},
            {"at": now - timedelta(minutes=30), "text": "Jonas accepted", "where": "Till 2"},
        ],
        "movements": [
            {
                "at": now - timedelta(hours=1),
                "text": "Sold",
                "meta": "T-48219",
                "icon": "shopping-bag",
                "delta": "−1",
                "tone": "bad",
                "balance": 46,
                "mark": True,
            },
            {
                "at": now - timedelta(days=1),
                "text": "Received",
                "meta": "TR-0931",
                "icon": "package-open",
                "delta": "+12",
                "tone": "good",
                "balance": 47,
            },
        ],
        "menu_items": MENU,
        "steps": ["Find", "Choose items", "Condition", "Money back"],
        "crumbs": [{"label": "Orders", "url": "#"}, {"label": "T-48222", "url": "#"}],
        "trend": [3, 4, 4, 5, 7, 6, 5, 8, 9, 7],
        "coins": COINS,
        "long_names": LONG_NAMES,
        "moment": now,
    }


@cache
def icon_names() -> list[str]:
    """The icons of the sprite."""
    found = finders.find("omni/icons.svg")
    if not found:
        return []
    with open(found, encoding="utf-8") as sprite:
        return re.findall(r'<symbol id="i-([a-z0-9-]+)"', sprite.read())
