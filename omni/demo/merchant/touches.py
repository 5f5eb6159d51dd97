"""Touches without an order, on the timelines of the full demo: looks, calls, chats, visits."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from customers.profiles import operations as profiles
from journeys.timeline import operations as timeline
from journeys.timeline.operations import Capture
from omni.access.actor import Actor
from omni.core import clock
from omni.demo.merchant.people import colleague_actor
from omni.demo.merchant.plan import Step
from omni.demo.merchant.range import GOODS, RANGE, Good
from omni.demo.merchant.stage import MANAGER, Stage, device_of

_ALL = (*GOODS, *RANGE)
_SOURCES = ("instagram", "google", "newsletter", "pinterest")
_QUERIES = ("wool coat", "pull col roulé", "Daunenparka", "boots 39", "gift for him", "Schal")
_VISITS = (
    ("fitting", "Tried on two coats, wants to think about it."),
    ("browsing", "No sale: the trousers were not there in 34."),
    ("browsing", "No sale: looked at the blankets, found them dear."),
    ("repair", "Brought a zip to be repaired."),
    ("gift", "Asked for gift wrapping in December."),
    ("fitting", "No sale: sleeves too short, would like a made-to-order shirt."),
)
_CALLS = (
    ("in", "Asked whether the sweater can be washed at 30 degrees."),
    ("in", "Where is my parcel? Told the tracking number."),
    ("in", "Wants the camel coat in M held until Saturday."),
    ("out", "Called back: the boots arrived in 41."),
    ("in", "Complains that the parcel came opened. Offered an exchange."),
    ("in", "Asked for the opening hours on Advent Sunday."),
    ("out", "Told that the repair is ready."),
)
_CHATS = (
    ("Do you have the rollneck in teal, size S?", "Yes, in Lyon and in Paris. Shall we hold one?"),
    ("Can I return in another store?", "In any of our stores, within 30 days."),
    ("Mein Paket ist noch nicht da.", "Es kommt morgen, der Fahrer hat Sie nicht angetroffen."),
    ("Is the parka warm enough for Norway?", "Down to minus fifteen, with a sweater beneath."),
    ("Puis-je payer au magasin ?", "Oui, en espèces ou par carte, au retrait."),
)
_NOTES = (
    "Prefers to be written to, not called.",
    "Buys for her father too: size XL, no wool.",
    "Allergic to lanolin.",
    "Collects on his way home, after half past six.",
    "Likes to be told of new colours first.",
)


def browse(stage: Stage, step: Step) -> None:
    """Somebody looks around in the shop: an ad, a search, some pages."""
    story = step.story
    draw = Random(f"browse:{story.key}")  # noqa: S311  nothing secret is drawn
    customer_id, visitor = stage.people.get(story.person), device_of(story.key)
    channel = stage.channel_of(story)
    seen: list[tuple[str, dict[str, object]]] = []
    campaign = story.facts.get("campaign") or ("rain-days" if draw.random() < 0.2 else "")
    if campaign:
        seen.append(("ad.clicked", {"source": draw.choice(_SOURCES), "campaign": campaign}))
    if draw.random() < 0.4:
        query = draw.choice(_QUERIES)
        seen.append(("search.made", {"query": query, "results": draw.randint(1, 12)}))
    seen += [("page.viewed", _page(draw.choice(_ALL))) for _ in range(draw.randint(2, 7))]
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


def _page(good: Good) -> dict[str, object]:
    return {"path": f"/products/{good.slug}", "title": good.names[0]}


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
    lines = zip(("customer", "staff"), _CHATS[pick % len(_CHATS)], strict=True)
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
