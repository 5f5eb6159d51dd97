"""The kinds of direct capture in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from journeys.timeline.kinds import NO_SALE_REASONS
from omni.events.phrases import Facts, register


def _page_viewed(facts: Facts) -> str:
    return _("Viewed %(page)s") % {"page": facts.get("title") or facts.get("path", "–")}


def _search_made(facts: Facts) -> str:
    if facts.get("results") is None:
        return _("Searched for “%(query)s”") % facts
    return _("Searched for “%(query)s” (%(results)s found)") % facts


def _ad_clicked(facts: Facts) -> str:
    if facts.get("campaign"):
        return _("Came by the campaign %(campaign)s (%(source)s)") % facts
    return _("Came by an ad (%(source)s)") % facts


def _store_visited(facts: Facts) -> str:
    if facts.get("note"):
        return _("Visited the store: %(note)s") % facts
    return _("Visited the store")


def _call_noted(facts: Facts) -> str:
    if facts.get("direction") == "out":
        return _("We called: %(text)s") % facts
    return _("Called us: %(text)s") % facts


def _no_sale(facts: Facts) -> str:
    reason = NO_SALE_REASONS.get(str(facts.get("reason")), "–")
    if facts.get("text"):
        return _("No sale, %(reason)s: %(text)s") % {"reason": reason, "text": facts["text"]}
    return _("No sale, %(reason)s") % {"reason": reason}


def _chat_line(facts: Facts) -> str:
    if facts.get("author") == "staff":
        return _("We wrote in the chat: %(text)s") % facts
    return _("Wrote in the chat: %(text)s") % facts


register(
    {
        "page.viewed": _page_viewed,
        "search.made": _search_made,
        "ad.clicked": _ad_clicked,
        "store.visited": _store_visited,
        "call.noted": _call_noted,
        "no_sale.noted": _no_sale,
        "chat.line": _chat_line,
    }
)
