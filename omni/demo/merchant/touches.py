"""Touches without an order, on the timelines of the full demo: looks, calls, chats, visits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import TypeVar

from customers.profiles import operations as profiles
from journeys.timeline import operations as timeline
from journeys.timeline.operations import Capture
from omni.access.actor import Actor
from omni.core import clock
from omni.demo.merchant import crowd, places
from omni.demo.merchant.people import colleague_actor
from omni.demo.merchant.plan import Step, Story
from omni.demo.merchant.range import GOODS, RANGE
from omni.demo.merchant.stage import MANAGER, Stage, device_of

_T = TypeVar("_T")
_ALL = {good.slug: good for good in (*GOODS, *RANGE)}
_SOURCES = ("instagram", "google", "newsletter", "pinterest")
# What people ask and search for, by their language; the others write in English.
_QUERIES = {
    "fr": ("manteau laine", "pull col roulé", "bottines 39", "idée cadeau", "écharpe", "jean brut"),
    "de": ("Daunenparka", "Schal", "Wolldecke", "Stiefel 42", "Geschenk", "Hemd Leinen"),
    "en": ("wool coat", "gift for him", "boots 39", "rollneck", "socks", "linen cushion"),
}
_VISITS = (
    ("fitting", "Tried on two coats, wants to think about it."),
    ("browsing", "No sale: the trousers were not there in 34."),
    ("browsing", "No sale: looked at the blankets, found them dear."),
    ("repair", "Brought a zip to be repaired."),
    ("gift", "Asked for gift wrapping, present for her sister."),
    ("fitting", "No sale: sleeves too short, would like a made-to-order shirt."),
    ("browsing", "Wanted the teapot in white; shown the black one."),
    ("fitting", "Blazer in grey, one size up; comes back with his wife."),
    ("browsing", "No sale: in a hurry, asked for our opening hours on Saturday."),
    ("gift", "Looking for a present up to 50 euro; liked the gloves."),
)
_CALLS = (
    ("in", "Asked whether the sweater can be washed at 30 degrees."),
    ("in", "Where is my parcel? Told the tracking number."),
    ("in", "Wants the camel coat in M held until Saturday."),
    ("out", "Called back: the boots arrived in 41."),
    ("in", "Complains that the parcel came opened. Offered an exchange."),
    ("in", "Asked for the opening hours on Sunday."),
    ("out", "Told that the repair is ready."),
    ("in", "Can a friend collect the order? Told how to name her."),
    ("in", "The receipt is lost; found the sale by the card."),
    ("out", "No answer, left a message about the pickup."),
)
_CHATS = {
    "en": (
        ("Do you have the rollneck in teal, size S?", "Yes, in two stores. Shall we hold one?"),
        ("Can I return in another store?", "In any of our stores, within 30 days."),
        ("Is the parka warm enough for Norway?", "Down to minus fifteen, with a sweater beneath."),
        ("How long do you keep my pickup?", "At least five days, and you can add more yourself."),
    ),
    "fr": (
        ("Puis-je payer au magasin ?", "Oui, en espèces ou par carte, au retrait."),
        ("Le pull marin est-il chaud ?", "Très : 720 grammes de laine, tricoté en Bretagne."),
        (
            "Ma sœur peut-elle retirer ma commande ?",
            "Oui, indiquez son nom sur la page.",
        ),
        ("Reprenez-vous sans le ticket ?", "Avec la carte qui a payé, nous retrouvons l'achat."),
    ),
    "de": (
        ("Mein Paket ist noch nicht da.", "Es kommt morgen, der Fahrer hat Sie nicht angetroffen."),
        ("Fallen die Stiefel groß aus?", "Eher klein, nehmen Sie eine Nummer größer."),
        ("Kann ich in Hamburg umtauschen?", "Gern, in jeder unserer Filialen."),
        ("Gibt es den Parka bald wieder in L?", "Am Freitag kommen zwölf, soll ich einen halten?"),
    ),
}
_NOTES = (
    "Prefers to be written to, not called.",
    "Buys for her father too: size XL, no wool.",
    "Allergic to lanolin.",
    "Collects on his way home, after half past six.",
    "Likes to be told of new colours first.",
    "Wears M in knitwear, L in coats.",
    "Comes with a dog; it likes the stool by the fitting room.",
    "Pays in cash, wants the receipt by e-mail all the same.",
)


def browse(stage: Stage, step: Step) -> None:
    """Somebody looks around in the shop: an ad, a search, some pages."""
    story = step.story
    draw = Random(f"browse:{story.key}")  # noqa: S311  nothing secret is drawn
    customer_id, visitor = stage.people.get(story.person), device_of(story.key)
    channel = stage.channel_of(story)
    if story.person % 3 == 0 and story.store != "london":  # looks in the app, buys on the web
        channel = stage.channels[places.APP]
    seen: list[tuple[str, dict[str, object]]] = []
    campaign = story.facts.get("campaign") or ("rain-days" if draw.random() < 0.2 else "")
    if campaign:
        seen.append(("ad.clicked", {"source": draw.choice(_SOURCES), "campaign": campaign}))
    if draw.random() < 0.4:
        query = draw.choice(_of(story, _QUERIES))
        seen.append(("search.made", {"query": query, "results": draw.randint(1, 12)}))
    wanted = [stage.variants[place % len(stage.variants)][1] for place, _units in story.goods]
    slugs = draw.sample(sorted(_ALL), draw.randint(1, 5)) + wanted
    seen += [("page.viewed", _page(slug)) for slug in slugs]
    now = clock.now()
    captures = [
        Capture(
            kind=kind,
            key=f"demo-{story.key}-{number}",
            occurred_at=now + timedelta(seconds=35 * number),
            facts=facts,
            visitor_id=visitor,
        )
        for number, (kind, facts) in enumerate(seen)
    ]
    actor = Actor(
        kind="customer" if customer_id else "anonymous",
        customer_id=customer_id,
        channel_id=channel.pk,
        device=str(visitor),
    )
    with clock.moved(by=timedelta(minutes=10)):
        timeline.capture_interactions(captures=captures, actor=actor)


def _page(slug: str) -> dict[str, object]:
    return {"path": f"/products/{slug}", "title": _ALL[slug].names[0]}


def _of(story: Story, by_language: Mapping[str, _T]) -> _T:
    """What somebody who speaks their language would say."""
    return by_language.get(crowd.person(story.person).language, by_language["en"])


def note(stage: Stage, step: Step) -> None:
    """Staff write down a call, a visit, what there is to know."""
    story, pick = step.story, int(step.story.facts["pick"])
    customer_id = stage.people.get(story.person)
    if customer_id is None:
        return
    clerk, store = stage.crew(story.store), stage.locations[story.store]
    if story.kind == "call":
        direction, text = _CALLS[pick % len(_CALLS)]
        seconds = 40 + pick % 300
        facts: dict[str, object] = {"direction": direction, "text": text, "seconds": seconds}
        kind = "call.noted"
    else:
        purpose, text = _VISITS[pick % len(_VISITS)]
        kind, facts = "store.visited", {"purpose": purpose, "note": text}
    capture = Capture(
        kind=kind,
        key=f"demo-{story.key}",
        occurred_at=clock.now(),
        facts=facts,
        customer_id=customer_id,
        location_id=store.pk,
    )
    timeline.capture_interactions(captures=[capture], actor=clerk)
    if pick % 4 == 0:
        text = _NOTES[pick % len(_NOTES)]
        manager = stage.crew(story.store, MANAGER)
        profiles.write_note(customer_id=customer_id, text=text, location_id=store.pk, actor=manager)


def chat(stage: Stage, step: Step) -> None:
    """A question in the chat, and what customer service answered."""
    story, pick = step.story, int(step.story.facts["pick"])
    customer_id = stage.people.get(story.person)
    if customer_id is None:
        return
    now = clock.now()
    chats = _of(story, _CHATS)
    lines = zip(("customer", "staff"), chats[pick % len(chats)], strict=True)
    captures = [
        Capture(
            kind="chat.line",
            key=f"demo-{story.key}-{number}",
            occurred_at=now + timedelta(seconds=50 * number),
            facts={"author": author, "text": text},
            customer_id=customer_id,
        )
        for number, (author, text) in enumerate(lines)
    ]
    with clock.moved(by=timedelta(minutes=5)):
        timeline.capture_interactions(captures=captures, actor=colleague_actor("Dora"))
