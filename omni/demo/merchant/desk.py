"""What people in the stores are asked to do, what goes wrong there, and how it ends.

Texts are the merchant's own, as staff would write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from inventory.stock import operations as stock
from inventory.stock.models import Bucket, MovementKind, StockLevel
from omni.access.actor import SYSTEM
from omni.demo.merchant.hours import near, work_after
from omni.demo.merchant.plan import Step
from omni.demo.merchant.stage import CLERK, KEY_HOLDER, MANAGER, Stage, at
from omni.work import operations as work
from omni.work.models import Incident, Task, TeamNote
from omni.work.operations import Matter

BY_WORDS = "by_words"
FOUND, GONE = "Found behind the rail, back in its place.", "Counted twice: it is not here. Booked."


@dataclass(frozen=True, slots=True)
class Errand:
    """A task, and the note with which it ends."""

    kind: str
    title: str
    ended: str


@dataclass(frozen=True, slots=True)
class Mishap:
    """An incident, and what a manager decided about it."""

    kind: str
    summary: str
    decided: str


ERRANDS = (
    Errand("window", "Dress the window: knitwear to the front", "Done, photo is in the team chat."),
    Errand("price_tags", "New price tags for the parkas", "All three colours done."),
    Errand("repair", "Take the coat with the torn pocket to the tailor", "Ready on Thursday."),
    Errand("count", "Count the wool socks: the drawer looks half empty", "As in the books: 31."),
    Errand("call_customer", "Call back: was the sweater kept until Saturday?", "Comes at eleven."),
    Errand("delivery", "Unpack the two boxes of blankets", "Unpacked, shelf B-07 is full now."),
    Errand("receipt_rolls", "Order rolls for the receipt printers", "Ordered, 40 rolls."),
    Errand("lamp", "The lamp above the fitting room flickers", "Bulb changed."),
    Errand("gift_wrap", "Cut ribbons for the gift wrapping", "Enough for two weeks."),
    Errand("training", "Show the new temp how to hand over a pickup", "Did three together."),
    Errand("call_customer", "Ask whether the boots in 41 may be sent instead", "Yes, sent today."),
    Errand("steam", "Steam the linen shirts before Saturday", "Done before opening."),
    Errand("shelf", "Put back what was left in the fitting rooms", "Eleven pieces put back."),
    Errand("count", "Count the leather wallets at the till", "One missing, told the manager."),
    Errand("mannequin", "The mannequin by the stairs has lost a hand", "Glued, stands aside."),
    Errand("mail", "Answer the mail about the blazer's sleeves", "Answered, comes for a fitting."),
)
MISHAPS = (
    Mishap("card_terminal_down", "The card terminal of till 2 does not answer.",
           "Restarted with the provider on the phone; works again."),
    Mishap("parcel_opened", "A delivery came with an opened box: two wallets are missing.",
           "Told the carrier with photos; supplier sends two more."),
    Mishap("till_offline", "The till was without network for eleven minutes.",
           "Router restarted. All sales of that time are in the books."),
    Mishap("customer_complaint", "A customer waited 25 minutes for a pickup that was ready.",
           "Called to apologise; shelf signs are larger now."),
    Mishap("delivery_short", "The delivery note says twelve boxes, eleven came.",
           "The twelfth came with the next van."),
    Mishap("water_damage", "Water under the back door; two towels on the lowest shelf are wet.",
           "Landlord has been; the shelf was moved up."),
    Mishap("theft", "A beanie was taken from the stand at the door.",
           "Booked as lost; the stand is inside now."),
    Mishap("alarm", "The alarm went off at closing without a reason.",
           "Sensor of the side window replaced."),
)  # fmt: skip


# --- in the history -------------------------------------------------------------------------------


def errand(stage: Stage, step: Step) -> None:
    """A manager asks, somebody does it the same day or the next."""
    story = step.story
    wanted = ERRANDS[story.facts["pick"] % len(ERRANDS)]
    draw = Random(f"errand:{story.key}")  # noqa: S311  nothing secret is drawn
    done = work_after(story.store, step.at, draw.choice((35, 80, 140, 260, 420)))
    task = _ask(stage, story.store, f"demo:{story.key}", wanted, due=done + timedelta(hours=1))
    if stage.began and done < stage.began:
        with at(done):
            actor = stage.crew(story.store, draw.choice((CLERK, CLERK, KEY_HOLDER)))
            work.finish_task(task_id=task.pk, note=wanted.ended, actor=actor)


def mishap(stage: Stage, step: Step) -> None:
    """Somebody reports it, a manager decides, later it is settled."""
    story = step.story
    wrong = MISHAPS[story.facts["pick"] % len(MISHAPS)]
    draw = Random(f"mishap:{story.key}")  # noqa: S311  nothing secret is drawn
    incident = _report(stage, story.store, f"{story.store}:{story.key}", wrong)
    decided = work_after(story.store, step.at, draw.choice((20, 55, 130)))
    closed = work_after(story.store, decided, draw.choice((30, 200, 900)))
    manager = stage.crew(story.store, MANAGER)
    if stage.began and closed < stage.began:
        with at(decided):
            work.decide_incident(
                incident_id=incident.pk, decision=BY_WORDS, note=wrong.decided, actor=manager
            )
        with at(closed):
            work.close_incident(incident_id=incident.pk, actor=manager)


def look_into(stage: Stage, step: Step) -> None:
    """What could not be found for an order is counted the next morning: there, or gone."""
    order = stage.order_of(step.story.key)
    if order is None:
        return
    clerk, manager = stage.crew(step.story.store), stage.crew(step.story.store, MANAGER)
    counts = Task.objects.filter(
        kind="count", status="open", subject_kind="variant", details__order=order.number
    )
    is_there = Random(f"there:{step.story.key}").random() < 0.6  # noqa: S311  nothing secret
    for task in counts:
        _settle_count(stage, task, is_there=is_there)
        words = FOUND if is_there else GONE
        work.finish_task(task_id=task.pk, note=words, actor=clerk)
    lost = Incident.objects.filter(
        kind="units_not_found", status="open", details__order=order.number
    )
    for incident in lost:
        words = "Found in the count." if is_there else "Lost; the books were corrected."
        work.decide_incident(incident_id=incident.pk, decision=BY_WORDS, note=words, actor=manager)
        work.close_incident(incident_id=incident.pk, actor=manager)


def _settle_count(stage: Stage, task: Task, *, is_there: bool) -> None:
    """Units set aside for the count go back to the others, or out of the books."""
    missing = int(task.details.get("missing", 0))
    if task.location_id is None:
        return
    levels = StockLevel.objects.filter(location_id=task.location_id)
    level = levels.filter(variant_id=task.subject_id).first()
    if level is None or level.unavailable < missing:
        return
    manager = stage.crew_at(task.location_id, MANAGER)
    stock.move_bucket(
        variant_id=level.variant_id, location_id=level.location_id, quantity=missing,
        from_bucket=Bucket.INSPECT, reason="count", reference=f"demo:count:{task.pk}",
        actor=manager,
    )  # fmt: skip
    if not is_there:
        stock.correct(
            variant_id=level.variant_id, location_id=level.location_id, change=-missing,
            reason="count", note=GONE, kind=MovementKind.COUNTED,
            reference=f"demo:gone:{task.pk}", actor=manager,
        )  # fmt: skip


# --- at the hour at which the demo begins ---------------------------------------------------------

# Of each store: (asked so many minutes ago, due in so many, who has it, what)
_OPEN_TASKS: dict[str, Sequence[tuple[int, int, int | None, str, str]]] = {
    "lyon": (
        (-130, 25, None, "count", "Count the rollneck sweaters: the books and the shelf differ"),
        (-95, 50, CLERK, "call_customer", "Call back about the camel coat, size M"),
        (-240, 180, KEY_HOLDER, "window", "Dress the window: knitwear to the front"),
        (-45, 300, None, "price_tags", "New price tags for the parkas"),
    ),
    "paris": (
        (-110, 35, KEY_HOLDER, "repair", "Bring the repaired zip to the counter, customer at six"),
        (-170, 120, None, "delivery", "Unpack the two boxes of blankets"),
        (-60, 200, CLERK, "shelf", "Put back what was left in the fitting rooms"),
        (-30, 260, None, "count", "Count the leather wallets at the till"),
    ),
    "london": (
        (-150, 40, CLERK, "call_customer", "Call back: are the loafers in 43 kept until Saturday?"),
        (-80, 150, None, "steam", "Steam the linen shirts before Saturday"),
        (-35, 220, None, "receipt_rolls", "Order rolls for the receipt printers"),
    ),
    "berlin": (
        (-120, 60, CLERK, "training", "Show the new temp how to hand over a pickup"),
        (-200, 140, None, "lamp", "The lamp above the fitting room flickers"),
        (-50, 240, None, "gift_wrap", "Cut ribbons for the gift wrapping"),
    ),
    "hamburg": (
        (-140, 70, None, "mail", "Answer the mail about the blazer's sleeves"),
        (-70, 160, CLERK, "mannequin", "The mannequin by the stairs has lost a hand"),
        (-40, 230, None, "price_tags", "Price tags for the new cardigans"),
    ),
    "nice": (
        (-125, 55, CLERK, "call_customer", "Tell the customer that the leather bag is back"),
        (-75, 130, None, "count", "Count the gloves in size 9"),
        (-55, 210, None, "shelf", "Bring the umbrellas to the front: rain from Thursday"),
    ),
}
# Of some stores: (so many minutes ago, decided or not, which mishap)
_OPEN_MISHAPS = {
    "lyon": ((-70, False, 0), (-190, True, 3)),
    "paris": ((-150, False, 1),),
    "london": ((-95, False, 4),),
    "berlin": ((-210, False, 2),),
}
_NOTES = {
    "lyon": ("Visual team comes on Thursday at ten: keep the second rail free.",
             "The camel coat in M is with the tailor until Friday."),
    "paris": ("Karim is at the dentist until noon, Manon has the keys.",),
    "london": ("Royal Mail collects at four this week, not at five.",),
    "berlin": ("New shelf labels: A and B are pickups, C is for tailoring.",),
    "hamburg": ("Stock count next week: please leave the drawers as labelled.",),
    "nice": ("Air conditioning is repaired tomorrow before opening.",),
}  # fmt: skip


def give_work(stage: Stage, began: datetime, scale: float) -> None:
    """Tasks of the day in each store, some of them taken or done; what went wrong; team notes."""
    for number, (code, tasks) in enumerate(_OPEN_TASKS.items()):
        for place, (asked, due, who, kind, title) in enumerate(tasks):
            subject = f"demo:{code}:{place}"
            if not Task.objects.filter(subject_id=subject).exists():
                _give(stage, began, code, subject, asked, due, who, Errand(kind, title, ""))
        done = ERRANDS[number]
        if not Task.objects.filter(subject_id=f"demo:{code}:done").exists():
            with at(near(code, began, -260)):
                task = _ask(stage, code, f"demo:{code}:done", done, due=near(code, began, -60))
            with at(near(code, began, -90)):
                work.finish_task(task_id=task.pk, note=done.ended, actor=stage.crew(code))
        for ago, text in enumerate(_NOTES[code], start=2):
            with at(near(code, began, -60 * ago)):
                _tell_team(stage, code, text)
    for code, mishaps in _OPEN_MISHAPS.items():
        for minutes, is_decided, which in mishaps:
            _go_wrong(stage, began, code, minutes, MISHAPS[which], is_decided)


def _give(
    stage: Stage,
    began: datetime,
    code: str,
    subject: str,
    asked: int,
    due: int,
    who: int | None,
    wanted: Errand,
) -> None:
    with at(near(code, began, asked)):
        task = _ask(stage, code, subject, wanted, due=near(code, began, due))
    if who is not None:
        with at(near(code, began, asked // 2)):
            work.take_task(task_id=task.pk, actor=stage.crew(code, who))


def _go_wrong(
    stage: Stage, began: datetime, code: str, minutes: int, wrong: Mishap, is_decided: bool
) -> None:
    moment = near(code, began, minutes)
    if Incident.objects.filter(subject_id=f"{code}:now:{wrong.kind}").exists():
        return
    with at(moment):
        incident = _report(stage, code, f"{code}:now:{wrong.kind}", wrong)
    if is_decided:
        with at(min(moment + timedelta(minutes=40), began)):
            work.decide_incident(
                incident_id=incident.pk, decision=BY_WORDS,
                note="Manager calls the customer this evening.", actor=stage.crew(code, MANAGER),
            )  # fmt: skip


def settle_old_work(stage: Stage, began: datetime, scale: float) -> None:
    """What else went wrong on earlier days was looked into the day after; what was asked lapsed."""
    before = began - timedelta(hours=20)
    for incident in Incident.objects.filter(status="open", opened_at__lt=before):
        actor = stage.crew_at(incident.location_id, MANAGER) if incident.location_id else SYSTEM
        with at(min(began, incident.opened_at + timedelta(hours=18))):
            work.decide_incident(
                incident_id=incident.pk, decision=BY_WORDS, note="Looked into, settled.",
                actor=actor,
            )  # fmt: skip
            work.close_incident(incident_id=incident.pk, actor=actor)
    for task in Task.objects.filter(status__in=["open", "doing"], created_at__lt=before):
        actor = stage.crew_at(task.location_id) if task.location_id else SYSTEM
        with at(min(began, task.created_at + timedelta(hours=18))):
            if task.kind == "count" and task.subject_kind == "variant":
                _settle_count(stage, task, is_there=True)
            work.finish_task(task_id=task.pk, note=FOUND, actor=actor)
    work.lapse_approvals()


# --- steps ----------------------------------------------------------------------------------------


def _ask(stage: Stage, code: str, subject: str, wanted: Errand, *, due: datetime) -> Task:
    return work.create_task(
        matter=Matter(wanted.kind, "location", subject, stage.locations[code].pk),
        title=wanted.title,
        due_at=due,
        actor=stage.crew(code, MANAGER),
    )


def _tell_team(stage: Stage, code: str, text: str) -> None:
    location_id = stage.locations[code].pk
    if not TeamNote.objects.filter(location_id=location_id, text=text).exists():
        work.write_team_note(location_id=location_id, text=text, actor=stage.crew(code, MANAGER))


def _report(stage: Stage, code: str, subject: str, wrong: Mishap) -> Incident:
    return work.open_incident(
        kind=wrong.kind,
        subject_kind="location",
        subject_id=subject,
        summary=wrong.summary,
        location_id=stage.locations[code].pk,
        actor=stage.crew(code),
    )
