"""The template tags of every page: ``{% load screens %}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import segno
from django import template
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from omni.access import admin_cells
from omni.access.permissions import Permission
from omni.core.ids import uuid7
from omni.core.money import Money, exponent
from omni.screens import frame, navigation, office_counts, twins, words
from omni.screens import waiting as people
from omni.screens.moment import now as moment_of_page
from omni.screens.reasons import reason_name
from omni.screens.views import KEY_FIELD

register = template.Library()


# --- forms ----------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def once(context: template.Context) -> SafeString:
    """The fields of a form that is carried out once: CSRF token and idempotency key."""
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="{}" value="{}">',
        get_token(context["request"]),
        KEY_FIELD,
        uuid7(),
    )


# --- pictures -------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: int | str = "", label: str = "", tone: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration; with one it is read out."""
    return _icon(name, str(size), str(label), tone)


@lru_cache(maxsize=2000)
def _icon(name: str, size: str, label: str, tone: str) -> SafeString:
    """Drawn once a process: a page holds a hundred of them."""
    classes = " ".join(filter(None, ["i", f"i-{size}" if size else "", tone]))
    href = f"{static('omni/icons.svg')}#i-{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>',
            classes, label, href,
        )  # fmt: skip
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, href)


@register.simple_tag
def picture(url: str, alt: str = "", size: str = "") -> SafeString:
    """A product's picture on its quiet ground, or a placeholder. Sizes: "" 40, m, l, xl."""
    classes = f"pic {size}".strip()
    if not url:
        return format_html('<span class="{}">{}</span>', classes, icon("image"))
    return format_html(
        '<span class="{}"><img src="{}" alt="{}" loading="lazy" decoding="async"></span>',
        classes, shown_at(url), alt,
    )  # fmt: skip


def shown_at(url: str) -> str:
    """Where a picture is fetched from: relative names are static files."""
    if url.startswith((f"{settings.PUBLIC_URL}/", "/")) or "://" in url:
        return url.removeprefix(settings.PUBLIC_URL)
    return _static(url)


@lru_cache(maxsize=4000)
def _static(name: str) -> str:
    """The address of a static file, which lasts as long as the process."""
    return static(name)


@register.filter
def web_address(address: str | None) -> str:
    """An address to which a link may lead: of the web; nothing of one that runs or is a file."""
    return address if address and address.lower().startswith(("https://", "http://")) else ""


@register.simple_tag
def qr(text: str, label: str = "") -> SafeString:
    """A QR code as inline SVG in the colour of the text."""
    code = segno.make(text, error="m", micro=False)
    size = code.symbol_size(border=2)[0]
    rows = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="1"/>',
        _runs(code.matrix),
    )
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" role="img" aria-label="{}"'
        ' shape-rendering="crispEdges">{}</svg>',
        size, size, label or text, rows,
    )  # fmt: skip


def _runs(matrix: Any) -> list[tuple[int, int, int]]:
    """Dark modules as runs (x, y, length), within a border of two."""
    found = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                found.append((start + 2, y + 2, x - start))
            x += 1
    return found


# --- amounts and times ----------------------------------------------------------------------------


@register.filter
def money(amount: Any, currency: str = "") -> str:
    """An amount as people write it: a Money, or minor units with the currency."""
    if amount is None or amount == "":
        return ""
    if not isinstance(amount, Money):
        amount = Money(int(amount), currency)
    return str(amount)


@register.filter
def plain_amount(minor: Any, currency: str) -> str:
    """Minor units as a figure for a field: 1999 EUR is 19.99."""
    if minor is None or minor == "":
        return ""
    return f"{Money(int(minor), currency).to_decimal():.{exponent(currency)}f}"


@register.filter
def signed(number: int | None) -> str:
    """+24, −2, 0: with the sign of mathematics, which is as wide as the plus."""
    if not number:
        return "" if number is None else "0"
    return f"+{number}" if number > 0 else f"\u2212{-number}"


@register.simple_tag
def clock(due: datetime | None) -> SafeString:
    """Time left to a promise, in colour, icon and word, with the hour below. Ticks by script."""
    if due is None:
        return mark_safe("")
    said = words.clock(due, timezone.get_current_timezone(), moment_of_page())
    return format_html(
        '<div class="clock"><b class="{}" data-due="{}">{}<span>{}</span></b>'
        '<span class="meta">{}</span></div>',
        said.tone, due.isoformat(), icon(said.icon), said.words, said.hour,
    )  # fmt: skip


@register.simple_tag
def time_left(due: datetime | None) -> SafeString:
    """The same as a chip, without the hour."""
    if due is None:
        return mark_safe("")
    said = words.clock(due, timezone.get_current_timezone(), moment_of_page())
    return format_html(
        '<span class="chip {}" data-due="{}">{}<span>{}</span></span>',
        said.tone, due.isoformat(), icon(said.icon), said.words,
    )  # fmt: skip


@register.simple_tag
def waiting(since: datetime) -> SafeString:
    """How long somebody has been waiting, minutes first."""
    said = words.waiting(since, moment_of_page())
    return format_html(
        '<span class="mins {}" data-since="{}">{}<span>{}</span></span>',
        said.tone, since.isoformat(), icon(said.icon, 14), said.words,
    )  # fmt: skip


@register.filter
def hour(moment: datetime | None) -> str:
    """14:30, in the time zone of the place."""
    return words.hour(moment, timezone.get_current_timezone()) if moment else ""


@register.filter
def day(moment: datetime | date | None) -> str:
    """Today, Yesterday, Wed 26 Nov."""
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return words.plain_day(moment)
    return words.day(moment, timezone.get_current_timezone(), moment_of_page())


@register.filter
def when(moment: datetime | None) -> str:
    """14:30 today, else with its day."""
    return words.when(moment, timezone.get_current_timezone(), moment_of_page()) if moment else ""


@register.filter
def within(told: str) -> str:
    """What ``when`` says, within a sentence: waits until tomorrow 18:00."""
    return words.within(told)


@register.filter
def ago(moment: datetime | None) -> str:
    """6 min ago."""
    return words.ago(moment, moment_of_page()) if moment else ""


@register.filter
def initials(name: Any) -> str:
    """Two letters for a person."""
    return words.initials(str(name))


@register.filter
def reason(code: str) -> str:
    """Too large, from too_large; words of a person as they are."""
    return reason_name(code)


# --- drawn numbers --------------------------------------------------------------------------------


@register.simple_tag
def spark(values: Sequence[float], label: str = "") -> SafeString:
    """A trend as a line over its area, 84 × 28."""
    points = _points([float(value) for value in values])
    if not points:
        return mark_safe("")
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return format_html(
        '<svg class="spark" viewBox="0 0 84 28" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><path class="area" d="M{}L84 28L0 28Z"/>'
        '<path class="line" d="M{}"/></svg>',
        label or gettext("Trend"), line, line,
    )  # fmt: skip


def _points(values: list[float]) -> list[tuple[float, float]]:
    if len(values) < 2:
        return []
    low, high = min(values), max(values)
    height = (high - low) or 1.0
    step = 84 / (len(values) - 1)
    return [(index * step, 25 - (value - low) / height * 22) for index, value in enumerate(values)]


@register.simple_tag
def meter(value: float, most: float, tone: str = "", label: str = "") -> SafeString:
    """A part of a whole as a bar."""
    share = 0.0 if not most else max(0.0, min(1.0, float(value) / float(most)))
    return format_html(
        '<svg class="meter" viewBox="0 0 300 6" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><rect class="bg" width="300" height="6"/>'
        '<rect class="fg {}" width="{}" height="6"/></svg>',
        label or f"{round(share * 100)} %", tone, round(share * 300),
    )  # fmt: skip


@register.simple_tag
def hbar(value: float, most: float, mark: float | None = None, tone: str = "a") -> SafeString:
    """A bar among others, with a mark for the period before."""
    most = float(most) or 1.0
    share = max(0.0, min(1.0, float(value) / most))
    tick = (
        ""
        if mark is None
        else format_html(
            '<rect class="tickmark" x="{}" y="0" width="2" height="12"/>',
            round(max(0.0, min(1.0, float(mark) / most)) * 298),
        )
    )
    return format_html(
        '<svg class="hbar" viewBox="0 0 300 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bg" y="2" width="300" height="8"/>'
        '<rect class="f-{}" y="2" width="{}" height="8"/>{}</svg>',
        tone, round(share * 300), tick,
    )  # fmt: skip


# --- frame ----------------------------------------------------------------------------------------


def _around(context: template.Context) -> frame.Around:
    """What is known about the place of the page, asked once however often the page tells of it."""
    around: frame.Around = context["screen"].around
    return around


@register.simple_tag(takes_context=True)
def rail(context: template.Context) -> list[dict[str, Any]]:
    """The entries of the console's rail with their counts; made once, shown in two places."""
    request = context["request"]  # pages of the admin have no screen
    kept: list[dict[str, Any]] | None = getattr(request, "rail_items", None)
    if kept is None:
        actor, place = context["actor"], context["place"]
        known = navigation.counts(actor, place, _around(context)) if place else {}
        kept = [
            {"entry": entry, "count": known.get(entry.key), "is_here": _is_here(context, entry.url)}
            for entry in navigation.entries(navigation.CONSOLE, actor)
        ]
        request.rail_items = kept
    return kept


@register.simple_tag(takes_context=True)
def office_jobs(context: template.Context) -> list[dict[str, Any]]:
    """The jobs of the back office with the pages below each, and which of them this is."""
    request = context["request"]
    if not hasattr(request, "office_jobs"):  # shown twice: beside the page, and as a menu
        request.office_jobs = _jobs(context)
    made: list[dict[str, Any]] = request.office_jobs
    return made


def _jobs(context: template.Context) -> list[dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = {}
    waiting = office_counts.counts(context["actor"])
    for entry in navigation.entries(navigation.OFFICE, context["actor"]):
        count = waiting.get(entry.key)
        shown = {"entry": entry, "is_here": _is_here(context, entry.url), "count": count}
        if not entry.below:
            jobs[entry.key] = shown | {"pages": [], "is_open": shown["is_here"]}
        elif entry.below in jobs:
            jobs[entry.below]["pages"].append(shown)
    for job in jobs.values():
        if job["pages"]:
            # A heading is never the page itself: one of those below it is. It leads to the first.
            job["is_open"] = any(each["is_here"] for each in job["pages"])
            job["is_here"] = False
            job["url"] = job["pages"][0]["entry"].url
            job["hot"] = sum(each["count"].number for each in job["pages"] if _is_hot(each))
        job.setdefault("url", job["entry"].url)
    return [job for job in jobs.values() if job["pages"] or not job["entry"].is_heading]


def _is_hot(page: Mapping[str, Any]) -> bool:
    return page["count"] is not None and page["count"].hot


@register.simple_tag(takes_context=True)
def office_badge(context: template.Context) -> int | None:
    """How many incidents wait for a decision; None for who may not see them."""
    actor = context["actor"]
    if not actor.may(Permission.WORK_VIEW):
        return None
    count = office_counts.counts(actor).get("incidents")
    return count.number if count else 0


@register.simple_tag
def other_lists(app_list: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Lists that one may see and to which no entry of the navigation leads."""
    known = navigation.addresses(navigation.OFFICE)
    found = [model for app in app_list or () for model in app["models"]]
    return sorted(
        (model for model in found if model["admin_url"] and model["admin_url"] not in known),
        key=lambda model: str(model["name"]),
    )


@register.simple_tag
def own_page(label: str, pk: Any) -> str:
    """The page of the back office that shows a row of a list."""
    return twins.page_of(label, pk)


@register.simple_tag(takes_context=True)
def activity_of(context: template.Context, label: str, pk: Any) -> str:
    """Where what happened to a record is told; "" for who may not open its list."""
    page = admin.site._registry.get(apps.get_model(label))  # noqa: SLF001
    may_look = page is not None and page.has_view_permission(context["request"])
    return reverse("office:activity", args=[label, pk]) if may_look else ""


@register.simple_tag(takes_context=True)
def page_label(context: template.Context, otherwise: Any) -> Any:
    """What the navigation calls this page; its own name where no entry leads to it."""
    path = str(context["request"].path)
    for entry in navigation.entries(navigation.OFFICE, context["actor"]):
        if entry.url and navigation.path_of(entry.url) == path:
            return entry.label
    return otherwise


@register.filter
def contents(field: Any) -> Any:
    """The value of a field of a form of reference data that is only looked at."""
    name = field.field["field"]
    found = admin_cells.cell(field.form.instance, name) if isinstance(name, str) else None
    return field.contents() if found is None else found


@register.filter
def address(url: str) -> str:
    """The address of an entry of the navigation."""
    return navigation.path_of(url)


def _is_here(context: template.Context, url: str) -> bool:
    """Whether the page stands at or below an address."""
    if not url:
        return False
    path, here = navigation.path_of(url), str(context["request"].path)
    is_home = path.count("/") == 2 and path.endswith("/")
    return here == path or (not is_home and here.startswith(f"{path.rstrip('/')}/"))


@register.simple_tag(takes_context=True)
def here_now(context: template.Context) -> list[people.Person]:
    """Who stands in the store and waits, longest first."""
    actor, place = context["actor"], context["place"]
    return people.here_now(actor, place, _around(context)) if place else []


@register.simple_tag(takes_context=True)
def news(context: template.Context) -> list[people.Notice]:
    """Work that just came in and nobody took on."""
    actor, place = context["actor"], context["place"]
    return people.news(actor, place, _around(context)) if place else []
