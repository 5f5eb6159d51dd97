"""Tells the house what a visitor looked at, once they allowed it: pages, searches, ads.

Nothing of it may cost a visitor their page: what the API refuses is noted in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.http import HttpRequest, QueryDict

from omni.shop.client import Api, ShopProblem
from omni.shop.visitor import YES, Visitor

MAX_FACT = 300
# What a link of an advertisement carries -> the fact.
AD_FACTS = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_content": "content",
    "utm_term": "term",
}
CLICKS = {"gclid": "google", "fbclid": "facebook", "msclkid": "bing"}

logger = logging.getLogger(__name__)


def tell(
    api: Api, visitor: Visitor, request: HttpRequest, *, title: str, facts: Mapping[str, Any]
) -> None:
    """A page was shown. Does nothing without consent, or where the page only renewed itself."""
    if visitor.consent != YES or _renews_itself(request):
        return
    _send(api, visitor, list(_touches(request, title, facts)))


def _send(api: Api, visitor: Visitor, found: list[dict[str, Any]]) -> None:
    told = [each | {"visitor_id": visitor.device} for each in found]
    try:
        api.post("interactions", {"interactions": told})
    except ShopProblem as problem:
        logger.warning("interactions were not taken: %s", problem)


def _renews_itself(request: HttpRequest) -> bool:
    return request.headers.get("HX-Trigger-Name") == "search" or "live" in request.GET


def _touches(
    request: HttpRequest, title: str, facts: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    referrer = request.headers.get("Referer", "")
    if ad := ad_facts(request.GET):
        yield _touch("ad.clicked", ad)
    if search := _search_behind(request, referrer):
        yield search
    viewed = {"path": request.path, "title": title, "referrer": referrer.partition("?")[0]}
    if "query" in facts:
        yield _touch("search.made", {"query": facts["query"], "results": facts["results"]})
        return
    yield _touch("page.viewed", viewed | dict(facts))


def ad_facts(given: QueryDict) -> dict[str, str]:
    """What a link of an advertisement says of itself; nothing for other links."""
    found = {
        fact: str(given[name])[:MAX_FACT] for name, fact in AD_FACTS.items() if given.get(name)
    }
    clicked = next((source for name, source in CLICKS.items() if given.get(name)), "")
    if clicked:
        found.setdefault("source", clicked)
    return found if "source" in found else {}


def _search_behind(request: HttpRequest, referrer: str) -> dict[str, Any] | None:
    """The search whose results led here: while somebody types, not every letter is a search."""
    parts = urlsplit(referrer)
    words = parse_qs(parts.query).get("search", [""])[0][:MAX_FACT]
    if not words or parts.netloc != request.get_host() or parts.path == request.path:
        return None
    return _touch("search.made", {"query": words})


def _touch(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        name: value[:MAX_FACT] if isinstance(value, str) else value
        for name, value in facts.items()
        if value not in ("", None)
    }
    return {"kind": kind, "key": uuid4().hex, "facts": told}
